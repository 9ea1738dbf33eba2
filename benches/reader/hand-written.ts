// The rival: the reader that a careful team would write by hand for the same job, with the SDK's client, zod and
// WebCrypto. It verifies the same envelopes against the same manifest, keeps its own memo, gives a read 50 ms, and falls
// back for the same reasons. It has no breaker, no log, no counters and no late answers, which only makes it faster.
import * as z from "zod/mini";

export interface StoreClient {
  getAll(keys: string[]): Promise<unknown>;
}

export interface ReaderOptions {
  client: StoreClient;
  /** Milliseconds that a lookup waits for the store. */
  timeoutMs?: number;
  /** Milliseconds for which the memo is served without asking the store. */
  refreshMs?: number;
  /** Milliseconds since the last sync after which nothing is served. */
  maxAgeMs?: number;
  now?: () => number;
}

export interface LookupRequest {
  widgetType?: string | null;
  templateId?: string | null;
  schemaVersion?: string | null;
  plan?: string | null;
}

export type Reason =
  | "timeout"
  | "unavailable"
  | "key_missing"
  | "unsupported_format"
  | "corrupt"
  | "rollback"
  | "clock_skew"
  | "expired"
  | "record_missing"
  | "schema_version_mismatch";

/** The order of the contract's table: of several faults the first is the reason. */
const FAULTS = ["key_missing", "unsupported_format", "corrupt"] as const;
type FaultReason = (typeof FAULTS)[number];

export interface Hit {
  source: "atlas";
  version: number;
  updatedAt: string;
  ageMs: number;
  template: Template | null;
  schema: Record<string, unknown>;
  hints: Plan;
  warnings: string[];
}

export interface Fallback {
  source: "paris";
  reason: Reason;
  hints: Plan;
}

export type Decision = Hit | Fallback;

// What the store holds.

const MANIFEST = "atlas:v1:manifest";
const TEMPLATES = "atlas:v1:widgetTemplates";
const SCHEMAS = "atlas:v1:widgetSchemas";
const PLANS = "atlas:v1:planHints";
type EntryKey = typeof TEMPLATES | typeof SCHEMAS | typeof PLANS;

const anyObject = z.record(z.string(), z.unknown());
const nullable = z.nullable(z.string());
const whole = z.nullable(z.int());
const count = z.int().check(z.gte(0));
const checksum = z.string().check(z.regex(/^sha256:[0-9a-f]{64}$/));
const version = z.int().check(z.gte(1));
const time = z.iso.datetime({ precision: 3 });

const template = z.looseObject({
  widgetType: z.string(), name: z.string(), layout: nullable, skin: nullable, density: nullable,
  accents: z.array(z.string()), premium: z.boolean(), schemaVersion: z.string(), defaults: anyObject, descriptor: anyObject,
});
const plan = z.looseObject({
  branding: z.looseObject({ enforced: z.boolean() }),
  features: z.record(z.string(), z.boolean()),
  limits: z.record(z.string(), z.looseObject({ limit: whole, enforcement: nullable, grace: whole })),
});
const templates = z.record(z.string(), template);
const schemas = z.record(z.string(), z.record(z.string(), z.looseObject({ schema: anyObject })));
const plans = z.record(z.string(), plan);
const envelope = { checksum, format: z.literal(1), updatedAt: time, version };
const summary = z.looseObject({ checksum, version, records: count, bytes: count });
const manifestEntry = z.looseObject({
  ...envelope, key: z.literal(MANIFEST), checkedAt: time, writer: z.string(),
  entries: z.looseObject({ [TEMPLATES]: z.optional(summary), [SCHEMAS]: z.optional(summary), [PLANS]: z.optional(summary) }),
});
const entries = {
  [TEMPLATES]: z.looseObject({ ...envelope, key: z.literal(TEMPLATES), payload: templates }),
  [SCHEMAS]: z.looseObject({ ...envelope, key: z.literal(SCHEMAS), payload: schemas }),
  [PLANS]: z.looseObject({ ...envelope, key: z.literal(PLANS), payload: plans }),
};

type Template = z.infer<typeof template>;
type Plan = z.infer<typeof plan>;
type Manifest = z.infer<typeof manifestEntry>;
type Payloads = { [TEMPLATES]: z.infer<typeof templates>; [SCHEMAS]: z.infer<typeof schemas>; [PLANS]: z.infer<typeof plans> };
type Entry<K extends EntryKey = EntryKey> = { checksum: string; payload: Payloads[K] };
type Entries = { [K in EntryKey]?: Entry<K> };

/** What was verified; of what was bad only the hints are remembered. */
interface Memo {
  manifest: Manifest;
  checkedAt: number;
  entries: Entries;
  hintsFault: FaultReason | undefined;
  readAt: number;
}

class Fault extends Error {
  constructor(
    readonly reason: FaultReason,
    readonly torn = false,
  ) {
    super(reason);
  }
}

const FAIL_CLOSED: Plan = Object.freeze({ branding: Object.freeze({ enforced: true }), features: Object.freeze({}), limits: Object.freeze({}) });
const MAX_SKEW_MS = 5 * 60_000;
const MOST_READS = 3;

export function createReader(options: ReaderOptions): Reader {
  return new Reader(options);
}

export class Reader {
  readonly #client: StoreClient;
  readonly #timeoutMs: number;
  readonly #refreshMs: number;
  readonly #maxAgeMs: number;
  readonly #now: () => number;
  #memo: Memo | undefined;
  #floor = 0;

  constructor({ client, timeoutMs = 50, refreshMs = 10_000, maxAgeMs = 13 * 3_600_000, now = Date.now }: ReaderOptions) {
    this.#client = client;
    this.#timeoutMs = timeoutMs;
    this.#refreshMs = refreshMs;
    this.#maxAgeMs = maxAgeMs;
    this.#now = now;
  }

  /** The decision from memory, if no read is due. */
  peek(request: LookupRequest): Decision | undefined {
    const memo = this.#memo;
    const now = this.#now();
    if (memo === undefined || now - memo.readAt >= this.#refreshMs || !covers(memo, request)) return undefined;
    return this.#decide(memo, request, now);
  }

  async lookup(request: LookupRequest): Promise<Decision> {
    return this.peek(request) ?? this.#read(request);
  }

  /** Reads the manifest and what is missing; then what has changed; and once more what was torn. */
  async #read(request: LookupRequest): Promise<Decision> {
    const started = this.#now();
    let keys = needed(request).filter((key) => this.#memo?.entries[key] === undefined);
    for (let attempt = 1; ; attempt += 1) {
      const readAt = this.#now();
      let items: Record<string, unknown>;
      try {
        items = await this.#getAll([MANIFEST, ...keys], this.#timeoutMs - (readAt - started));
      } catch (error) {
        return fallback(error instanceof TimedOut ? "timeout" : "unavailable");
      }
      const found = await this.#verify(items, keys, readAt);
      if (found instanceof Fault) return fallback(found.reason);
      const { memo, faults } = found;
      if (attempt < MOST_READS) {
        const wanted = new Set([...needed(request), ...held(this.#memo)]);
        const changed = [...wanted].filter((key) => memo.entries[key] === undefined && !keys.includes(key));
        if (changed.length > 0) {
          keys = [...keys, ...changed];
          continue;
        }
        if ([...faults.values()].some((fault) => fault.torn)) {
          attempt = MOST_READS - 1;
          continue;
        }
      }
      return this.#adopt(memo, faults, request);
    }
  }

  /** One read, given up after `left` milliseconds. */
  async #getAll(keys: readonly (EntryKey | typeof MANIFEST)[], left: number): Promise<Record<string, unknown>> {
    if (left <= 0) throw new TimedOut();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new TimedOut()), left);
    });
    try {
      const items = await Promise.race([this.#client.getAll(keys.map(stored)), late]);
      return typeof items === "object" && items !== null ? (items as Record<string, unknown>) : {};
    } finally {
      clearTimeout(timer);
    }
  }

  async #verify(
    items: Record<string, unknown>,
    keys: readonly EntryKey[],
    readAt: number,
  ): Promise<{ memo: Memo; faults: Map<EntryKey, Fault> } | Fault> {
    const faults = new Map<EntryKey, Fault>();
    try {
      const { value } = await open(items, MANIFEST);
      const manifest = parsed(manifestEntry, value);
      const found: Entries = {};
      const verified = await Promise.allSettled(keys.map((key) => verifyEntry(items, key, manifest)));
      verified.forEach((result, at) => {
        const key = keys[at] as EntryKey;
        if (result.status === "fulfilled") Object.assign(found, { [key]: result.value });
        else if (result.reason instanceof Fault) faults.set(key, result.reason);
        else throw result.reason;
      });
      for (const key of held(this.#memo)) {
        const entry = this.#memo?.entries[key];
        if (found[key] === undefined && entry?.checksum === manifest.entries[key]?.checksum) Object.assign(found, { [key]: entry });
      }
      return { memo: { manifest, checkedAt: Date.parse(manifest.checkedAt), entries: found, hintsFault: undefined, readAt }, faults };
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      // A key that is not there stands first in the table.
      const absent = keys.some((key) => key !== PLANS && items[stored(key)] === undefined);
      return absent ? new Fault("key_missing") : error;
    }
  }

  #adopt(memo: Memo, faults: Map<EntryKey, Fault>, request: LookupRequest): Decision {
    memo.hintsFault = faults.get(PLANS)?.reason;
    const reasons = required(request).flatMap((key) => (memo.entries[key] === undefined ? (faults.get(key)?.reason ?? "key_missing") : []));
    const first = FAULTS.find((reason) => reasons.includes(reason));
    if (first !== undefined) return fallback(first);
    if (memo.manifest.version < this.#floor) return fallback("rollback");
    this.#floor = memo.manifest.version;
    // An answer of an earlier read never takes the place of a later one's.
    if (this.#memo === undefined || this.#memo.readAt <= memo.readAt) this.#memo = memo;
    return this.#decide(memo, request, this.#now());
  }

  /** The checks of a verified snapshot, in the order of the contract. */
  #decide(memo: Memo, request: LookupRequest, now: number): Decision {
    const { widgetType, templateId, schemaVersion } = request;
    const { manifest } = memo;
    const ageMs = now - memo.checkedAt;
    if (-ageMs > MAX_SKEW_MS) return fallback("clock_skew");
    if (ageMs > this.#maxAgeMs) return fallback("expired");

    const versions = own(memo.entries[SCHEMAS]?.payload, widgetType);
    if (versions === undefined) return fallback("record_missing");
    let template: Template | undefined;
    if (isText(templateId)) {
      template = own(memo.entries[TEMPLATES]?.payload, templateId);
      if (template === undefined || template.widgetType !== widgetType) return fallback("record_missing");
    }
    const found = own(versions, schemaVersion);
    if (found === undefined || (template !== undefined && template.schemaVersion !== schemaVersion)) {
      return fallback("schema_version_mismatch");
    }
    const { hints, warnings } = hintsOf(memo, request.plan);
    const { version, updatedAt } = manifest;
    return { source: "atlas", version, updatedAt, ageMs: Math.max(0, ageMs), template: template ?? null, schema: found.schema, hints, warnings };
  }
}

class TimedOut extends Error {}

/** Plan hints never turn a hit into a miss. */
function hintsOf(memo: Memo, plan: string | null | undefined): { hints: Plan; warnings: string[] } {
  if (!isText(plan)) return { hints: FAIL_CLOSED, warnings: [] };
  const entry = memo.entries[PLANS];
  if (entry === undefined) {
    const missing = (memo.hintsFault ?? "key_missing") === "key_missing";
    return { hints: FAIL_CLOSED, warnings: [missing ? "plan_hints_missing" : "plan_hints_corrupt"] };
  }
  const hints = own(entry.payload, plan);
  return hints === undefined ? { hints: FAIL_CLOSED, warnings: ["plan_missing"] } : { hints, warnings: [] };
}

// Which entries a lookup needs.

function required({ templateId }: LookupRequest): EntryKey[] {
  return isText(templateId) ? [SCHEMAS, TEMPLATES] : [SCHEMAS];
}

function needed(request: LookupRequest): EntryKey[] {
  return isText(request.plan) ? [...required(request), PLANS] : required(request);
}

function covers({ entries, hintsFault }: Memo, { templateId, plan }: LookupRequest): boolean {
  if (entries[SCHEMAS] === undefined) return false;
  if (isText(templateId) && entries[TEMPLATES] === undefined) return false;
  return !isText(plan) || entries[PLANS] !== undefined || hintsFault !== undefined;
}

function held(memo: Memo | undefined): EntryKey[] {
  return memo === undefined ? [] : (Object.keys(memo.entries) as EntryKey[]);
}

// Verifying.

async function verifyEntry<K extends EntryKey>(items: Record<string, unknown>, key: K, manifest: Manifest): Promise<Entry<K>> {
  const { value, bytes } = await open(items, key);
  const entry = parsed<z.ZodMiniType<{ checksum: string; version: number; payload: unknown }>>(entries[key], value);
  const expected = manifest.entries[key];
  if (expected === undefined) throw new Fault("key_missing");
  // zod gives a copy; what is served is the object that the store gave.
  const payload = value.payload as Payloads[K];
  const agrees =
    expected.checksum === entry.checksum &&
    expected.version === entry.version &&
    expected.bytes === bytes &&
    expected.records === records(key, payload as Record<string, object>);
  if (!agrees) throw new Fault("corrupt", true);
  return { checksum: entry.checksum, payload };
}

/** An envelope whose checksum holds, and its length in canonical UTF-8. */
async function open(items: Record<string, unknown>, key: EntryKey | typeof MANIFEST): Promise<{ value: Record<string, unknown>; bytes: number }> {
  if (!Object.hasOwn(items, stored(key)) || items[stored(key)] === undefined) throw new Fault("key_missing");
  const value = items[stored(key)];
  if (!isRecord(value) || value["format"] === undefined) throw new Fault("corrupt");
  if (value["format"] !== 1) throw new Fault("unsupported_format");
  const { checksum: stated, ...rest } = value;
  if (key === MANIFEST) delete rest["signatures"];
  // What came back in the order in which it was written is canonical already.
  let text = encoder.encode(JSON.stringify(rest));
  if ((await sha256(text)) !== stated) {
    text = encoder.encode(canonical(rest));
    if ((await sha256(text)) !== stated) throw new Fault("corrupt");
  }
  return { value, bytes: text.length + CHECKSUM_MEMBER_BYTES };
}

const encoder = new TextEncoder();
const CHECKSUM_MEMBER_BYTES = `"checksum":"sha256:${"0".repeat(64)}",`.length;

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  let hex = "sha256:";
  for (const byte of digest) hex += byte.toString(16).padStart(2, "0");
  return hex;
}

/** RFC 8785. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isRecord(value)) return JSON.stringify(value);
  const members = Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`);
  return `{${members.join(",")}}`;
}

function parsed<T extends z.ZodMiniType>(shape: T, value: unknown): z.infer<T> {
  const result = shape.safeParse(value);
  if (!result.success) throw new Fault("corrupt");
  return result.data;
}

function records(key: EntryKey, payload: Record<string, object>): number {
  if (key !== SCHEMAS) return Object.keys(payload).length;
  return Object.values(payload).reduce((sum, versions) => sum + Object.keys(versions).length, 0);
}

// Small things.

function stored(key: string): string {
  return key.replaceAll(":", "_");
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function own<T>(records: Record<string, T> | undefined, name: string | null | undefined): T | undefined {
  return records !== undefined && isText(name) && Object.hasOwn(records, name) ? records[name] : undefined;
}

function fallback(reason: Reason): Fallback {
  return { source: "paris", reason, hints: FAIL_CLOSED };
}
