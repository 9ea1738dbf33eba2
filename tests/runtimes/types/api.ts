// Uses every member of the package's types, as a user with strict settings would, and what must not be accepted.
// Compiled only, never run.
import {
  AtlasError,
  KEYS,
  createAtlas,
  storedKey,
  verifySnapshot,
  type Atlas,
  type AtlasFallback,
  type AtlasHealth,
  type AtlasHit,
  type AtlasKey,
  type AtlasLastResort,
  type AtlasLogEvent,
  type AtlasOptions,
  type AtlasStats,
  type AtlasWarning,
  type Decision,
  type DecisionContext,
  type EdgeConfigReader,
  type EmbeddedSnapshot,
  type EntryVerdict,
  type FallbackReason,
  type Json,
  type JsonObject,
  type Known,
  type LookupContext,
  type LookupRequest,
  type ParisContext,
  type PlanHints,
  type PlanLimit,
  type Resolved,
  type SnapshotVerdict,
  type Template,
} from "@clickeen/atlas";
import { createClient as edgeConfig, type EdgeConfigClient } from "@vercel/edge-config";
import { createClient as globalConfig } from "@vercel/global-config";

const request: LookupRequest = {
  publicId: "wgt_1",
  requestId: "r1",
  widgetType: "content.faq",
  templateId: null,
  schemaVersion: "2025-09-01",
  plan: "free",
};

export const options = {
  client: edgeConfig("https://example.com/ecfg_1?token=1", { staleIfError: false }),
  timeoutMs: 50,
  budgetMs: 5_000,
  refreshMs: 10_000,
  maxAgeMs: 46_800_000,
  logWindowMs: 60_000,
  revalidate: "background",
  publicKeys: ["ezy0j72aw6RofN6V0xWbkiWyTgwM75O_wSjhZm_2kZI"],
  signaturesRequired: 1,
  minVersion: 7,
  snapshot: () => ({ atlas_v1_manifest: {} }),
  log: (event: AtlasLogEvent): void => logged(event),
  onDecision: (decision: Decision, context: DecisionContext): void => observed(decision, context),
  now: () => Date.now(),
} satisfies AtlasOptions;

export const atlas: Atlas = createAtlas(options);
export const unconfigured: Atlas[] = [createAtlas(), createAtlas({}), createAtlas({ client: null, log: null, onDecision: null })];
export const readers: EdgeConfigReader[] = [
  globalConfig("https://example.com/ecfg_1?token=1"),
  options.client,
  { getAll: async () => ({}) },
  { getAll: async () => ({}), get: async (key) => key },
  { getAll: async (keys: string[]) => Object.fromEntries(keys.map((key) => [key, undefined])) },
  { getAll: async (keys: readonly string[]) => (keys.length === 0 ? {} : { [`${keys[0]}`]: null }) },
];

/** What may be known or not, such as a variable of the environment, is handed on as it is. */
export function configured(milliseconds: number | undefined, text: string | undefined): Atlas {
  void atlas.lookup({ publicId: text, requestId: text, widgetType: text, templateId: text, schemaVersion: text, plan: text });
  void atlas.lookup({}, { waitUntil: undefined });
  return createAtlas({
    client: undefined,
    timeoutMs: milliseconds,
    budgetMs: milliseconds,
    refreshMs: milliseconds,
    maxAgeMs: milliseconds,
    logWindowMs: milliseconds,
    revalidate: undefined,
    publicKeys: text,
    signaturesRequired: milliseconds,
    minVersion: milliseconds,
    snapshot: text,
    log: undefined,
    onDecision: async () => {},
    now: undefined,
  });
}

export async function use(event: { waitUntil(work: Promise<unknown>): void }): Promise<void> {
  const context: LookupContext = { waitUntil: (work) => event.waitUntil(work) };
  decided(await atlas.lookup(request));
  decided(await atlas.lookup(request, context));
  const peeked: Decision | undefined = atlas.peek({});
  if (peeked) decided(peeked);
  const resolved: Resolved<Response> = await atlas.resolve(request, (asked, context: ParisContext) => fromParis(asked, context));
  if (resolved.source === "paris") await resolved.value.json();
  const synchronous: Resolved<number> = await atlas.resolve(request, () => 1, context);
  decided(synchronous);
  healthy(atlas.health());
  counted(atlas.takeStats());
  atlas.warm();
}

/** With `lastResortMaxAgeMs` there is a third answer, which the compiler asks for. */
export async function lastly(snapshot: EmbeddedSnapshot): Promise<unknown> {
  const resorting: Atlas<AtlasLastResort> = createAtlas({ snapshot, lastResortMaxAgeMs: 604_800_000 });
  const resolved = await resorting.resolve(request, () => 1);
  // @ts-expect-error: it may be neither a hit nor a fallback.
  const narrow: Resolved<number> = resolved;
  if (resolved.source !== "last_resort") return narrow;
  const { reason, error, version, updatedAt, ageMs, template, schema, hints }: AtlasLastResort = resolved;
  return [reason satisfies FallbackReason, error, version, updatedAt, ageMs, template, schema, hints];
}

function decided(decision: Decision): unknown {
  return decision.source === "atlas" ? hit(decision) : fallback(decision);
}

function hit({ version, updatedAt, ageMs, template, schema, hints, warnings }: AtlasHit): unknown {
  const numbers: number[] = [version, ageMs, Date.parse(updatedAt)];
  const object: JsonObject = schema;
  return [numbers, object["properties"], template && described(template), permitted(hints), warnings.map(warned)];
}

function described(template: Template): readonly Json[] {
  const { widgetType, name, layout, skin, density, accents, premium, schemaVersion, defaults, descriptor } = template;
  const listed: boolean = layout === "LIST" || skin === "GLASS" || density === "COZY";
  const word: Known<"LIST"> | null = layout;
  // What a later writer knows is passed over, so a `switch` has a default.
  const columns: number = word === "LIST" ? 1 : word === "GRID" ? 3 : 2;
  return [widgetType, name, listed, columns, [...accents], premium, schemaVersion, defaults, descriptor];
}

function permitted({ branding, features, limits }: PlanHints): boolean {
  const limit: PlanLimit | undefined = limits["maxWidgets"];
  const allowed = limit?.limit ?? Infinity;
  // @ts-expect-error: a feature that is not named is undefined
  const named: boolean = features["premiumTemplates"];
  // @ts-expect-error: a limit that is not named is undefined
  limits["maxWidgets"].limit;
  const soft: boolean = named && limit?.enforcement === "soft" && (limit.grace ?? 0) > 0;
  return !branding.enforced && (features["premiumTemplates"] ?? false) && (allowed > 0 || soft);
}

function warned({ code, message }: AtlasWarning): string {
  switch (code) {
    case "plan_hints_missing":
    case "plan_hints_corrupt":
    case "plan_missing":
      return message;
    default:
      return never(code);
  }
}

function fallback({ reason, remainingMs, headers, hints, refreshHint }: AtlasFallback): unknown {
  const enforced: boolean = hints.branding.enforced;
  return [status(reason), AbortSignal.timeout(remainingMs), new Headers(headers), enforced, refreshHint];
}

/** Every reason, and no other: a new one does not compile here. */
function status(reason: FallbackReason): "outage" | "damage" | "behind" | "bug" {
  switch (reason) {
    case "not_configured":
    case "breaker_open":
    case "timeout":
    case "unavailable":
      return "outage";
    case "key_missing":
    case "unsupported_format":
    case "corrupt":
    case "signature_invalid":
    case "rollback":
      return "damage";
    case "clock_skew":
    case "expired":
    case "record_missing":
    case "schema_version_mismatch":
      return "behind";
    case "internal_error":
      return "bug";
    default:
      return never(reason);
  }
}

function fromParis(asked: LookupRequest, { signal, headers, remainingMs, decision }: ParisContext): Promise<Response> {
  const reason: FallbackReason = decision.reason;
  return fetch(`https://example.com/${asked.publicId}?${reason}=${remainingMs}`, { signal, headers });
}

function logged(event: AtlasLogEvent): void {
  const { level, reason, key, requestId, publicId, elapsedMs, version, suppressed, message } = event;
  const recovered: boolean = event.event === "atlas_recovered" || event.event === "atlas_wait_until_failed" || event.event === "atlas_on_decision_failed";
  console[level](reason, key, requestId, publicId, elapsedMs, version, suppressed, message, recovered);
}

function observed(decision: Decision, { request, elapsedMs }: DecisionContext): void {
  const outcome: string = decision.source === "paris" ? decision.reason : `version ${decision.version}`;
  console.log(`${request.publicId ?? ""}: ${outcome} in ${elapsedMs.toFixed(1)} ms`);
}

function healthy(health: AtlasHealth): number {
  const { status, version, checksum, lastSyncAt, lastSyncAgeSeconds, checkedAt, hitRate, lookups, fallbacks, embedded, lastResort } = health;
  const known = version !== null && checksum !== null && lastSyncAt !== null && lastSyncAgeSeconds !== null && checkedAt !== null;
  return status === "ok" && known ? (hitRate ?? 1) * lookups : (fallbacks.timeout ?? embedded ?? lastResort ?? 0);
}

function counted({ lookups, hits, fallbacks }: AtlasStats): number {
  return lookups - hits - (fallbacks.breaker_open ?? 0);
}

export function verdict(items: unknown): readonly (string | undefined)[] {
  const { verified, version, updatedAt, checkedAt, checksum, entries }: SnapshotVerdict = verifySnapshot(items);
  if (verified) return [`${version}`, updatedAt ?? "", checkedAt ?? "", checksum ?? ""];
  return entries.filter(({ status }) => status === "failed").map(entry);
}

function entry({ key, reason, message, expected, computed, version, records, bytes }: EntryVerdict): string | undefined {
  const logical: AtlasKey = key;
  return reason === "corrupt" ? `${logical} ${message} ${expected} ${computed} ${version} ${records} ${bytes}` : reason;
}

export const stored: readonly string[] = KEYS.map((key) => storedKey(key));

export function code(error: unknown): "ATLAS_UNKNOWN_KEY" | "ATLAS_BAD_OPTION" | undefined {
  return error instanceof AtlasError && error.name === "AtlasError" ? error.code : undefined;
}

function never(value: never): never {
  throw new TypeError(`${value}`);
}

// What must not be accepted.

// @ts-expect-error: no such option
createAtlas({ timeout: 50 });
// @ts-expect-error: milliseconds are a number
createAtlas({ timeoutMs: "50" });
// @ts-expect-error: no such way to refresh
createAtlas({ revalidate: "later" });
// @ts-expect-error: a connection string is no client
createAtlas({ client: "https://example.com/ecfg_1?token=1" });
// @ts-expect-error: no such key
storedKey("atlas:v1:none");
// @ts-expect-error: an instance's type is a text
void atlas.lookup({ widgetType: 1 });
// @ts-expect-error: no such member of a request
void atlas.lookup({ widget: "content.faq" });
// @ts-expect-error: a lookup is asynchronous
atlas.lookup(request).source;
// @ts-expect-error: there may be no answer in memory
atlas.peek(request).source;

export function narrowed(decision: Decision, key: EdgeConfigClient): void {
  // @ts-expect-error: a fallback has no template
  decision.template;
  // @ts-expect-error: a hit has no reason
  decision.reason;
  // @ts-expect-error: what was verified is not to be changed
  decision.hints.branding.enforced = false;
  // @ts-expect-error: nor is a feature
  decision.hints.features["premiumTemplates"] = true;
  // @ts-expect-error: the reading side has no write
  createAtlas({ client: key }).write;
  if (decision.source !== "atlas") return;
  // @ts-expect-error: an instance may have no template
  decision.template.name;
  // @ts-expect-error: the records are frozen
  decision.schema["type"] = "array";
  // @ts-expect-error: and so are their lists
  decision.template?.accents.push("x");
  // @ts-expect-error: a layout may be a word of later, which this switch passes over
  void (decision.template?.layout satisfies "LIST" | "GRID" | null | undefined);
  // @ts-expect-error: no such warning
  decision.warnings.some(({ code }) => code === "none");
}
