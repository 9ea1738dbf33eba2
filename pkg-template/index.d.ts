/**
 * `@clickeen/atlas`: decides, for each request at the edge, whether a widget is served from the Atlas snapshot in a
 * Vercel Edge Config or fetched from Paris. It reads only, and it never fails a request: every doubt is a fallback.
 */

/** A logical key of the registry. Edge Config stores it with `_` in place of `:` (see {@link storedKey}). */
export type AtlasKey =
  | "atlas:v1:manifest"
  | "atlas:v1:widgetTemplates"
  | "atlas:v1:widgetSchemas"
  | "atlas:v1:planHints";

/** Every key that Atlas knows, the manifest first. */
export const KEYS: readonly AtlasKey[];

/**
 * The key under which Edge Config holds a logical key: `atlas:v1:manifest` is stored as `atlas_v1_manifest`.
 *
 * @throws {AtlasError} `ATLAS_UNKNOWN_KEY` for anything that is not in {@link KEYS}.
 */
export function storedKey(key: AtlasKey): string;

/** Any value that JSON can hold, as it came from the store. What is served is frozen, to its depth, and shared: copy it to
 * change it (`structuredClone`). */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** A JSON object. */
export type JsonObject = { readonly [name: string]: Json };

/**
 * The part of the Edge Config SDK's client that Atlas uses. `@vercel/edge-config` and `@vercel/global-config` fit, and so
 * does a client of one's own:
 *
 * - It answers with what was stored, as `JSON.parse` gives it: plain objects, arrays, texts, finite numbers, booleans and
 *   null. Anything else (an accessor, a BigInt, a class with `toJSON`) is `corrupt`, or `internal_error`.
 * - It rejects when the store cannot be asked, which is `unavailable`. An answer that it remembers from before an outage
 *   must not look like a new one: it would hide the outage.
 * - Its values belong to Atlas once they were given: the records that are served are frozen in place, to their depth. It
 *   may give the same object again, and must not change it: a value that is not what was verified any more is
 *   `internal_error`, or `corrupt`.
 * - It needs no time-out and no memory of its own: Atlas has both.
 */
export interface EdgeConfigReader {
  /** The values under these stored keys (see {@link storedKey}), in an object by key; a key that is not there is left out.
   * What else the object holds is not looked at. The keys are a `string[]`, so write `getAll: async (keys: string[]) => …`;
   * `never` stands here because the SDKs' own type, `(keyof T)[]`, is no list of texts to TypeScript. */
  getAll(keys: never): Promise<unknown>;
  /** The value under one stored key, or `undefined`. Where there is one, the manifest alone is read with it. */
  get?(key: string): Promise<unknown>;
}

/** What one widget instance asks for. Any field may be `null`, as Paris serves them, or left out. */
export interface LookupRequest {
  /** The instance's public id, such as `wgt_42yx31`. Only for the logs. */
  publicId?: string | null | undefined;
  /** The request's `X-Request-ID`. Only for the logs. */
  requestId?: string | null | undefined;
  /** The instance's widget type, such as `content.faq`. Without it the lookup is `record_missing`. */
  widgetType?: string | null | undefined;
  /** The instance's template. Without it no template is looked up. */
  templateId?: string | null | undefined;
  /** The instance's schema version, a date such as `2025-09-01`. Without it: `schema_version_mismatch`. */
  schemaVersion?: string | null | undefined;
  /** The owner's plan, such as `free`. Without it the hints are the fail-closed ones. */
  plan?: string | null | undefined;
}

/** One of these, or a word that only a later writer knows: a snapshot that is newer than its reader is still read. */
export type Known<Word extends string> = Word | (string & Record<never, never>);

/** A template of the snapshot. Frozen. */
export interface Template {
  readonly widgetType: string;
  readonly name: string;
  readonly layout: Known<"LIST" | "GRID" | "CAROUSEL" | "CARD" | "ACCORDION" | "MARQUEE" | "STACKED" | "INLINE"> | null;
  readonly skin: Known<"MINIMAL" | "SOFT" | "SHARP" | "GLASS"> | null;
  readonly density: Known<"COZY" | "COMPACT"> | null;
  readonly accents: readonly string[];
  readonly premium: boolean;
  readonly schemaVersion: string;
  readonly defaults: JsonObject;
  readonly descriptor: JsonObject;
}

/** A limit of a plan. */
export interface PlanLimit {
  /** How many; `null` is no limit. */
  readonly limit: number | null;
  /** `hard` refuses what is over the limit, `soft` allows `grace` more. */
  readonly enforcement: Known<"soft" | "hard"> | null;
  /** How many more a `soft` limit lets through. */
  readonly grace: number | null;
}

/**
 * Hints about a plan. Never an authority: Paris decides. Whatever is in doubt reads `enforced: true`, and a feature
 * that is not named is off. Frozen.
 */
export interface PlanHints {
  readonly branding: { readonly enforced: boolean };
  readonly features: { readonly [name: string]: boolean | undefined };
  readonly limits: { readonly [name: string]: PlanLimit | undefined };
}

/** Why a request goes to Paris. In the order in which the checks run; the first that fails is given. */
export type FallbackReason =
  | "not_configured"
  | "breaker_open"
  | "timeout"
  | "unavailable"
  | "key_missing"
  | "unsupported_format"
  | "corrupt"
  | "signature_invalid"
  | "rollback"
  | "clock_skew"
  | "expired"
  | "record_missing"
  | "schema_version_mismatch"
  | "internal_error";

/** Something that a hit survived: the plan hints it carries are the fail-closed ones. */
export interface AtlasWarning {
  readonly code: "plan_hints_missing" | "plan_hints_corrupt" | "plan_missing";
  /** What was expected and what was found. */
  readonly message: string;
}

/** Serve from Atlas. */
export interface AtlasHit {
  readonly source: "atlas";
  /** The snapshot's version. */
  readonly version: number;
  /** When the snapshot last changed: RFC 3339, UTC, milliseconds. */
  readonly updatedAt: string;
  /** Milliseconds since a sync last confirmed the snapshot against Michael (`checkedAt`); 0 if that is ahead. */
  readonly ageMs: number;
  /** The instance's template, or `null` if it has none. */
  readonly template: Template | null;
  /** The JSON Schema of the instance's widget type and schema version. */
  readonly schema: JsonObject;
  /** The plan's hints, or the fail-closed ones. */
  readonly hints: PlanHints;
  readonly warnings: readonly AtlasWarning[];
}

/** Fetch from Paris. */
export interface AtlasFallback {
  readonly source: "paris";
  readonly reason: FallbackReason;
  /** Milliseconds that are left of the budget (`budgetMs`) for the fetch from Paris; at least 0. */
  readonly remainingMs: number;
  /**
   * Headers to send to Paris, both structured fields (RFC 9651): `Atlas-Stats`, the counters since they were last sent,
   * and, when Atlas is behind, `Atlas-Refresh-Hint`.
   */
  readonly headers: Readonly<Record<string, string>>;
  /** Always the fail-closed hints: branding enforced, every feature off. */
  readonly hints: PlanHints;
  /** Whether Paris should sync: the store lacks what was asked for, or holds it damaged or old. */
  readonly refreshHint: boolean;
}

export type Decision = AtlasHit | AtlasFallback;

/** What {@link Atlas.resolve} hands to the caller's fetch. */
export interface ParisContext {
  /** Aborts when the budget is used up. */
  readonly signal: AbortSignal;
  /** Headers to send along (see {@link AtlasFallback.headers}). */
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds that are left of the budget. */
  readonly remainingMs: number;
  readonly decision: AtlasFallback;
}

/** A hit, or a fallback with what the caller's fetch gave. */
export type Resolved<T> = AtlasHit | (AtlasFallback & { readonly value: T });

/** One log event. Members that are not known are left out. */
export interface AtlasLogEvent {
  readonly event:
    | "atlas_unavailable"
    | "atlas_key_missing"
    | "atlas_corrupt"
    | "atlas_rollback"
    | "atlas_stale"
    | "atlas_internal_error"
    | "atlas_recovered"
    | "atlas_wait_until_failed"
    | "atlas_hints_unavailable";
  readonly level: "info" | "warn" | "error";
  readonly reason?: FallbackReason | AtlasWarning["code"];
  /** The logical key at fault. */
  readonly key?: AtlasKey;
  readonly requestId?: string;
  readonly publicId?: string;
  /** Milliseconds since the lookup began. */
  readonly elapsedMs: number;
  /** The version of the snapshot at hand. */
  readonly version?: number;
  /** How many like this were not logged since the last one that was. */
  readonly suppressed: number;
  /** What was expected and what was found. */
  readonly message?: string;
}

export interface AtlasOptions {
  /** The SDK's client: `createClient(process.env.ATLAS_EDGE_CONFIG, { staleIfError: false })`. Without it every
   * lookup is `not_configured`. */
  client?: EdgeConfigReader | null | undefined;
  /** Milliseconds that a lookup waits for the store: 1 to 5 000. Default 50. */
  timeoutMs?: number | null | undefined;
  /** Milliseconds for a request's data, Atlas and Paris together: 1 to 60 000. Default 5 000. */
  budgetMs?: number | null | undefined;
  /** Milliseconds for which what was verified is served without asking the store: 0 to 3 600 000. Default 10 000. */
  refreshMs?: number | null | undefined;
  /** Milliseconds since the last sync after which nothing is served: 1 to 604 800 000. Default 46 800 000 (13 h). */
  maxAgeMs?: number | null | undefined;
  /** `"background"`: a hit that is due to be refreshed is served at once and refreshed behind the answer, if the lookup
   * is given a `waitUntil`. Default `"blocking"`: the lookup waits for the store, at most `timeoutMs`. */
  revalidate?: "blocking" | "background" | null | undefined;
  /** The key that snapshots must be signed with. Signing comes later: with a key, every lookup is `signature_invalid`. */
  publicKey?: string | null | undefined;
  /** Milliseconds in which each event and reason is logged once: 0 to 86 400 000. Default 60 000. */
  logWindowMs?: number | null | undefined;
  /** Takes the log events. What it throws, or rejects with, is dropped. Default: one JSON line each with `console`. */
  log?: ((event: AtlasLogEvent) => void) | null | undefined;
  /** Gives milliseconds since the Unix epoch. Default `() => Date.now()`, which fake timers replace. */
  now?: (() => number) | null | undefined;
}

/** The health block, as Paris shows it under `deps.atlas`. What is not known is `null`, never 0. */
export interface AtlasHealth {
  /** `error`: no verified snapshot, or expired. `degraded`: a hit rate under 0.9. */
  readonly status: "ok" | "degraded" | "error";
  readonly version: number | null;
  /** The manifest's checksum. */
  readonly checksum: string | null;
  /** The latest sync known to whoever answers, at least the snapshot's `checkedAt`: RFC 3339, UTC. */
  readonly lastSyncAt: string | null;
  /** Whole seconds since `lastSyncAt`. */
  readonly lastSyncAgeSeconds: number | null;
  /** The last time that a sync confirmed the snapshot against Michael: RFC 3339, UTC. */
  readonly checkedAt: string | null;
  /** Hits by lookups, 0 to 1, since the reader was made. */
  readonly hitRate: number | null;
  /** Lookups since the reader was made. */
  readonly lookups: number;
  /** Fallbacks by reason since the reader was made; reasons that did not occur are left out. */
  readonly fallbacks: { readonly [reason in FallbackReason]?: number };
}

/** What a runtime gives along with a request. */
export interface LookupContext {
  /** Has the runtime wait for work that goes on after the answer: `(work) => event.waitUntil(work)`. */
  waitUntil?: ((work: Promise<unknown>) => void) | null | undefined;
}

/** Lookups that were counted. */
export interface AtlasStats {
  readonly lookups: number;
  readonly hits: number;
  /** Fallbacks by reason; reasons that did not occur are left out. */
  readonly fallbacks: { readonly [reason in FallbackReason]?: number };
}

export interface Atlas {
  /** Decides for one request. Never rejects. */
  lookup(request: LookupRequest, context?: LookupContext): Promise<Decision>;
  /** The answer from memory, at once, or `undefined` if the store has to be asked. */
  peek(request: LookupRequest): Decision | undefined;
  /**
   * The whole flow: the lookup, and on a fallback `fetchParis`, once, within what is left of the budget. What
   * `fetchParis` throws is handed on unchanged. When the budget is used up, the signal aborts, and this rejects with the
   * same `TimeoutError`, whether the fetch heeds it or not; a response that comes later has its body cancelled.
   */
  resolve<T>(
    request: LookupRequest,
    fetchParis: (request: LookupRequest, context: ParisContext) => Promise<T> | T,
    context?: LookupContext,
  ): Promise<Resolved<T>>;
  /** How this reader is. */
  health(): AtlasHealth;
  /** The counters since the last call, for whoever collects metrics. What is sent to Paris is counted apart. */
  takeStats(): AtlasStats;
}

/**
 * Makes a reader. Make one for each isolate, at module level: what it has verified serves the requests that follow.
 *
 * @throws {AtlasError} `ATLAS_BAD_OPTION` for an option that is out of its range.
 */
export function createAtlas(options?: AtlasOptions): Atlas;

/** The verdict on one entry of a store. */
export interface EntryVerdict {
  readonly key: AtlasKey;
  readonly status: "verified" | "failed";
  /** Why it failed, as a lookup would say. */
  readonly reason?: Extract<FallbackReason, "key_missing" | "unsupported_format" | "corrupt" | "signature_invalid">;
  /** What was expected and what was found. */
  readonly message?: string;
  /** The checksum that it should have: the one that it states, or, if its content gives that one, the manifest's. */
  readonly expected?: string;
  /** The checksum of what is there. */
  readonly computed?: string;
  readonly version?: number;
  /** Templates, schema versions or plans. */
  readonly records?: number;
  /** The length of the entry in canonical UTF-8. */
  readonly bytes?: number;
}

/** The verdict on a store's items. */
export interface SnapshotVerdict {
  /** Whether every entry is verified. */
  readonly verified: boolean;
  readonly version: number | null;
  readonly updatedAt: string | null;
  readonly checkedAt: string | null;
  /** The manifest's checksum. */
  readonly checksum: string | null;
  /** One for each of {@link KEYS}, in that order. */
  readonly entries: readonly EntryVerdict[];
}

/**
 * Verifies a whole snapshot, with the verifier that a lookup uses: the items of a store by stored key, as the SDK's
 * `getAll()` gives them.
 *
 * @throws what the engine throws where it compiles no Wasm. (A lookup is `internal_error` there.)
 */
export function verifySnapshot(items: unknown): SnapshotVerdict;

/** What a caller can get wrong. */
export class AtlasError extends Error {
  readonly name: "AtlasError";
  readonly code: "ATLAS_UNKNOWN_KEY" | "ATLAS_BAD_OPTION";
}
