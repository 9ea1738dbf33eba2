/**
 * `@clickeen/atlas`: decides, for each request at the edge, whether a widget is served from the Atlas snapshot in a
 * Vercel Edge Config or fetched from Paris. It only reads, and it never fails a request: whatever is in doubt is a fallback.
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

/**
 * Any value that JSON can hold, as it came from the store. What is served is deeply frozen and shared: use `structuredClone`
 * to change a copy.
 */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** A JSON object. */
export type JsonObject = { readonly [name: string]: Json };

/**
 * The part of the Edge Config SDK's client that Atlas uses. The clients of `@vercel/edge-config` and `@vercel/global-config`
 * have it. A client of your own must do the following:
 *
 * - Return what was stored as `JSON.parse` returns it: plain objects, arrays, strings, finite numbers, booleans and null.
 *   Anything else (an accessor, a BigInt, a `Map`, an instance of a class) is `corrupt` or `internal_error`.
 * - Reject when the store cannot be asked, which is `unavailable`. An answer cached from before an outage would hide the
 *   outage.
 * - Leave its values to Atlas, which deeply freezes the records that it serves, in place. The client may return the same
 *   object again but must not change it: a value that is changed after it was verified and before it is first served may be
 *   served as it is then.
 *
 * It needs neither a time-out nor a cache: Atlas has both.
 */
export interface EdgeConfigReader {
  /**
   * The values under these stored keys (see {@link storedKey}), as an object by key without the keys that are not stored.
   * Other members of the object are ignored. The keys are a `string[]`, so write `getAll: async (keys: string[]) => …`. The
   * type here is `never` because the SDKs' own type, `(keyof T)[]`, is not assignable to `string[]`.
   */
  getAll(keys: never): Promise<unknown>;
  /** The value under one stored key, or `undefined`. If the client has this method, it is used to read the manifest alone. */
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

/** One of these words, or one that a newer writer has added: a reader also reads snapshots that are newer than itself. */
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
  /** The limit itself; `null` for none. */
  readonly limit: number | null;
  /** `hard` refuses whatever exceeds the limit, `soft` allows `grace` more. */
  readonly enforcement: Known<"soft" | "hard"> | null;
  /** How far a `soft` limit may be exceeded. */
  readonly grace: number | null;
}

/**
 * Hints about a plan. They are never authoritative: Paris decides. In doubt `enforced` is `true`. A feature that is not
 * named is off. Frozen.
 */
export interface PlanHints {
  readonly branding: { readonly enforced: boolean };
  readonly features: { readonly [name: string]: boolean | undefined };
  readonly limits: { readonly [name: string]: PlanLimit | undefined };
}

/** Why a request goes to Paris: the first check that fails, in the order in which they run. */
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

/** Why a hit carries the fail-closed plan hints instead of the plan's own. */
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
  /** Milliseconds since a sync last confirmed the snapshot against Michael (`checkedAt`); 0 if that is in the future. */
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
  /** Milliseconds left of the budget (`budgetMs`) for the fetch from Paris; at least 0. */
  readonly remainingMs: number;
  /**
   * Headers to send to Paris, both structured fields (RFC 9651): `Atlas-Stats`, the counters since they were last sent,
   * and, when Atlas is behind, `Atlas-Refresh-Hint`.
   */
  readonly headers: Readonly<Record<string, string>>;
  /** Always the fail-closed hints: branding enforced, every feature off. */
  readonly hints: PlanHints;
  /** Whether Paris should sync, because what was asked for is missing from the store, damaged or too old. */
  readonly refreshHint: boolean;
}

/** The answer to a lookup; its `source` tells the two apart. */
export type Decision = AtlasHit | AtlasFallback;

/** What {@link Atlas.resolve} hands to the caller's fetch. */
export interface ParisContext {
  /** Aborts when the budget is used up, until the fetch has settled: read the body within it. */
  readonly signal: AbortSignal;
  /** Headers to send to Paris (see {@link AtlasFallback.headers}). */
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds left of the budget. */
  readonly remainingMs: number;
  readonly decision: AtlasFallback;
}

/** A hit, or a fallback with the result of the caller's fetch. */
export type Resolved<T> = AtlasHit | (AtlasFallback & { readonly value: T });

/**
 * Where Paris has failed too: the newest verified snapshot there is, embedded or read. Only with `lastResortMaxAgeMs`, and only
 * from `resolve`.
 */
export interface AtlasLastResort {
  readonly source: "last_resort";
  /** Why the lookup fell back to Paris. */
  readonly reason: FallbackReason;
  /** What `fetchParis` threw, or the time-out. */
  readonly error: unknown;
  readonly version: number;
  /** The snapshot's time: RFC 3339, UTC. */
  readonly updatedAt: string;
  /** Milliseconds since a sync last confirmed the snapshot; at most `lastResortMaxAgeMs`. */
  readonly ageMs: number;
  readonly template: Template | null;
  readonly schema: JsonObject;
  /** Fail-closed, whatever the plan. */
  readonly hints: PlanHints;
}

/** One log event. Unknown members are left out. */
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
    | "atlas_on_decision_failed"
    | "atlas_hints_unavailable"
    | "atlas_embedded"
    | "atlas_last_resort";
  readonly level: "info" | "warn" | "error";
  readonly reason?: FallbackReason | AtlasWarning["code"];
  /** The logical key that is at fault. */
  readonly key?: AtlasKey;
  readonly requestId?: string;
  readonly publicId?: string;
  /** Milliseconds since the lookup began. */
  readonly elapsedMs: number;
  /** The version of the snapshot in memory. */
  readonly version?: number;
  /** How many events like this were held back since the last one that was logged. */
  readonly suppressed: number;
  /**
   * What was expected and what was found. It quotes the request and the store as they are, control characters included, and so
   * do the two ids: write them as JSON, or escape them.
   */
  readonly message?: string;
}

/** What {@link AtlasOptions.onDecision} receives besides the decision. */
export interface DecisionContext {
  /** The very object that the caller passed in. */
  readonly request: LookupRequest;
  /** Milliseconds from the start of the lookup to the decision. The time that Paris takes is not in it. */
  readonly elapsedMs: number;
}

/** The options of {@link createAtlas}. `null` and `undefined` select the default. */
export interface AtlasOptions {
  /** The SDK's client: `createClient(process.env.ATLAS_EDGE_CONFIG, { staleIfError: false })`. Without it every
   * lookup is `not_configured`. */
  client?: EdgeConfigReader | null | undefined;
  /** Milliseconds that a lookup waits for the store: 1 to 5 000. Default 50. */
  timeoutMs?: number | null | undefined;
  /** Milliseconds for a request's data, Atlas and Paris together: 1 to 60 000. Default 5 000. */
  budgetMs?: number | null | undefined;
  /** Milliseconds for which a verified snapshot is served without asking the store: 0 to 3 600 000. Default 10 000.
   * Each reader refreshes up to a tenth earlier, and how much differs from reader to reader, so that not all ask at once. */
  refreshMs?: number | null | undefined;
  /** Milliseconds since the last sync after which nothing is served: 1 to 604 800 000. Default 46 800 000 (13 h). */
  maxAgeMs?: number | null | undefined;
  /**
   * `"background"`: a hit that is due to be refreshed is served at once and refreshed behind the answer. This needs the
   * lookup's `waitUntil` or, on Vercel, the request's own, which Atlas finds by itself. Default `"blocking"`: the lookup waits
   * for the store, for at most `timeoutMs`.
   */
  revalidate?: "blocking" | "background" | null | undefined;
  /**
   * One or several Ed25519 public keys, each as base64, base64url or PEM. The job's command `keys show` prints a key in two of
   * these forms: take one of them, and not all that it prints. A snapshot that none of the keys has signed is
   * `signature_invalid`. Without this option signatures are not checked; an empty list is refused.
   */
  publicKeys?: string | readonly string[] | null | undefined;
  /** How many of `publicKeys` must have signed: 1 to the number of different keys. Default 1. */
  signaturesRequired?: number | null | undefined;
  /** The version below which nothing is served, not even by a cold reader: 0 to 2^53 - 1. Default 0. */
  minVersion?: number | null | undefined;
  /**
   * A snapshot that comes with the deployment, as the job's command `export` writes it: the store's items, their JSON, or a
   * function that returns either, not a promise, and is called once. It is verified like any other when it is first needed.
   * Nothing below its version is served, and with `revalidate: "background"` it answers the first lookups without waiting for
   * the store. What is served of it is frozen.
   */
  snapshot?: EmbeddedSnapshot | (() => EmbeddedSnapshot) | null | undefined;
  /**
   * Milliseconds since the last sync up to which `resolve` serves a snapshot where Paris has failed too: 0 to
   * 31 536 000 000. Default 0: never.
   */
  lastResortMaxAgeMs?: number | null | undefined;
  /** Milliseconds in which each event and reason is logged once: 0 to 86 400 000. Default 60 000. */
  logWindowMs?: number | null | undefined;
  /** Receives the log events. Its errors are ignored. Default: one JSON line each with `console`. */
  log?: ((event: AtlasLogEvent) => void) | null | undefined;
  /**
   * Called once for each decision that `lookup`, `peek` or `resolve` returns, hit or fallback, before the caller continues:
   * for a trace, a metric or a header. `resolve` does not wait for Paris to call it. A `peek` that returns `undefined` has
   * decided nothing, so it is not reported. If it throws or rejects, that is logged as `atlas_on_decision_failed`, once in
   * `logWindowMs`, and changes no answer.
   */
  onDecision?: ((decision: Decision, context: DecisionContext) => void) | null | undefined;
  /** Returns milliseconds since the Unix epoch. Default `() => Date.now()`, which fake timers replace. */
  now?: (() => number) | null | undefined;
}

/** The items of a store by their stored keys, or their JSON. */
export type EmbeddedSnapshot = string | { readonly [storedKey: string]: unknown };

/** The health block, as Paris shows it under `deps.atlas`. An unknown value is `null`, never 0. */
export interface AtlasHealth {
  /**
   * `error`: no verified snapshot, as before the first lookup, or one that is expired or from the future. `degraded`: a hit
   * rate under 0.9 in the last hour.
   */
  readonly status: "ok" | "degraded" | "error";
  readonly version: number | null;
  /** The manifest's checksum. */
  readonly checksum: string | null;
  /** The latest sync that is known, at least the snapshot's `checkedAt`: RFC 3339, UTC. */
  readonly lastSyncAt: string | null;
  /** Whole seconds since `lastSyncAt`. */
  readonly lastSyncAgeSeconds: number | null;
  /** The last time that a sync confirmed the snapshot against Michael: RFC 3339, UTC. */
  readonly checkedAt: string | null;
  /** Hits divided by lookups, 0 to 1, since the reader was created. */
  readonly hitRate: number | null;
  /** Lookups since the reader was created. */
  readonly lookups: number;
  /** Fallbacks by reason since the reader was created; reasons that did not occur are left out. */
  readonly fallbacks: { readonly [reason in FallbackReason]?: number };
  /** Of the hits, those from the embedded snapshot before the store confirmed it, if there were any. */
  readonly embedded?: number;
  /** Of the fallbacks, those that a last resort answered, if there were any. */
  readonly lastResort?: number;
}

/** What a runtime provides with a request. */
export interface LookupContext {
  /**
   * Makes the runtime wait for work that continues after the answer: `(work) => event.waitUntil(work)`. On Vercel the
   * request's own is used if none is given.
   */
  waitUntil?: ((work: Promise<unknown>) => void) | null | undefined;
}

/** Counted lookups. */
export interface AtlasStats {
  readonly lookups: number;
  readonly hits: number;
  /** Fallbacks by reason; reasons that did not occur are left out. */
  readonly fallbacks: { readonly [reason in FallbackReason]?: number };
  /** Of the hits, those from the embedded snapshot, if there were any. */
  readonly embedded?: number;
  /** Of the fallbacks, those that a last resort answered, if there were any. */
  readonly lastResort?: number;
}

/** A reader. `LastResort` is what `resolve` may give besides: {@link AtlasLastResort} with `lastResortMaxAgeMs`. */
export interface Atlas<LastResort = never> {
  /** Decides for one request. Never rejects. */
  lookup(request: LookupRequest, context?: LookupContext): Promise<Decision>;
  /** The decision from memory, synchronously, or `undefined` if the store must be asked. */
  peek(request: LookupRequest): Decision | undefined;
  /**
   * The whole flow: the lookup, and on a fallback one call of `fetchParis` within what is left of the budget. Whatever
   * `fetchParis` throws is rethrown unchanged. When the budget is used up, the signal aborts and this rejects with the same
   * `TimeoutError`, even if the fetch ignores the signal. The body of a response that arrives later is cancelled. Without
   * `fetchParis` it rejects with an `AtlasError` at once, whatever the store holds.
   */
  resolve<T>(
    request: LookupRequest,
    fetchParis: (request: LookupRequest, context: ParisContext) => Promise<T> | T,
    context?: LookupContext,
  ): Promise<Resolved<T> | LastResort>;
  /**
   * Prepares what the first lookup needs, for a server that is starting: a few milliseconds of work, done before the next
   * turn of the event loop. It reads nothing, and never throws. Without it the first lookup does this while the store
   * answers.
   */
  warm(): void;
  /** The health of this reader. */
  health(): AtlasHealth;
  /** The counters since the last call, for a metrics collector. What is sent to Paris is counted separately. */
  takeStats(): AtlasStats;
}

/**
 * Creates a reader. Create one for each isolate, at module level: what it has verified serves the requests that follow.
 *
 * @throws {AtlasError} `ATLAS_BAD_OPTION` for an option that is out of its range.
 */
export function createAtlas(options?: AtlasOptions & { lastResortMaxAgeMs?: 0 | null | undefined }): Atlas;
export function createAtlas(options: AtlasOptions): Atlas<AtlasLastResort>;

/** The verdict on one entry of a store. */
export interface EntryVerdict {
  readonly key: AtlasKey;
  readonly status: "verified" | "failed";
  /** Why it failed: the reason that a lookup would give. */
  readonly reason?: Extract<FallbackReason, "key_missing" | "unsupported_format" | "corrupt" | "signature_invalid">;
  /** What was expected and what was found. */
  readonly message?: string;
  /** The checksum that it should have: its own `checksum` or, if its content matches that, the manifest's. */
  readonly expected?: string;
  /** The checksum of its content. */
  readonly computed?: string;
  readonly version?: number;
  /** The number of templates, schema versions or plans. */
  readonly records?: number;
  /** The length of the entry in canonical UTF-8. */
  readonly bytes?: number;
}

/** The verdict on a store's items. */
export interface SnapshotVerdict {
  /** Whether every entry verifies. */
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
 * Verifies a whole snapshot with the verifier that lookups use. `items` are those of a store by stored key, as the SDK's
 * `getAll()` returns them.
 *
 * @throws the engine's own error where it does not compile Wasm. (A lookup is `internal_error` there.)
 */
export function verifySnapshot(items: unknown): SnapshotVerdict;

/** A mistake of the caller. */
export class AtlasError extends Error {
  constructor(code: AtlasError["code"], message: string);
  readonly name: "AtlasError";
  readonly code: "ATLAS_UNKNOWN_KEY" | "ATLAS_BAD_OPTION";
}
