/**
 * `@clickeen/atlas/monitor`, for Paris: adds up the counters of the last hour that Venice sends with its requests, and gives
 * the health block of all of Venice. It does not run at the edge.
 */

import type { AtlasHealth, AtlasStats, FallbackReason } from "@clickeen/atlas";

/** What Venice saw when Atlas was behind. */
export interface RefreshHint {
  /** Why the lookup fell back: always a reason that a sync can resolve. */
  readonly reason: Extract<
    FallbackReason,
    "key_missing" | "corrupt" | "rollback" | "expired" | "record_missing" | "schema_version_mismatch"
  >;
  /** The version that Venice holds, or `null` if it holds none. */
  readonly version: number | null;
}

/** What the headers of one request said. */
export interface Observed {
  /** The counters that were added, or `null` if there were none. */
  readonly stats: AtlasStats | null;
  /**
   * Why Paris should sync, or `null` if there is no hint. The job's service takes the header itself (`POST /refresh-hint` with
   * the same `Atlas-Refresh-Hint`), which says more than this.
   */
  readonly hint: RefreshHint | null;
  /** Malformed headers. They are not counted. */
  readonly refused: readonly { readonly header: "Atlas-Stats" | "Atlas-Refresh-Hint"; readonly message: string }[];
}

/**
 * The snapshot that Paris knows, from the sync job's `GET /healthz`, `atlas.health()` of a reader in Paris, or
 * `verifySnapshot(items)`. Without a version, a checksum and a time it counts as unknown.
 */
export interface KnownSnapshot {
  /** Its version; `null` if there is none. */
  readonly version: number | null;
  /** The manifest's checksum. */
  readonly checksum: string | null;
  /**
   * The last time that a sync confirmed it, as `toISOString` writes it: RFC 3339, UTC, milliseconds. Its age counts from here or,
   * without it, from `lastSyncAt`.
   */
  readonly checkedAt?: string | null | undefined;
  /** The latest known sync, written in the same way. Default: `checkedAt`. */
  readonly lastSyncAt?: string | null | undefined;
  /** `false`: it did not verify, and counts as unknown. */
  readonly verified?: boolean | undefined;
}

/** Headers of the Fetch API, or an object of headers by name, in any case: Node's, a gateway's, or those of a fallback. */
export type HeadersLike =
  | { get(name: string): string | null }
  | { readonly [name: string]: string | readonly string[] | undefined };

export interface AtlasMonitorOptions {
  /** Returns milliseconds since the Unix epoch. Default `Date.now`. */
  now?: (() => number) | undefined;
  /** Milliseconds since the last sync after which Venice serves nothing from Atlas. Default 46 800 000 (13 h). */
  maxAgeMs?: number | undefined;
}

/** Its methods never throw: what cannot be used is ignored. */
export class AtlasMonitor {
  constructor(options?: AtlasMonitorOptions | null);
  /** Counts the headers of one request. */
  observe(headers: HeadersLike): Observed;
  /** The health block: the counters of the last hour, and the snapshot as far as Paris knows it. Without one it is `error`. */
  health(snapshot?: KnownSnapshot | null): AtlasHealth;
}
