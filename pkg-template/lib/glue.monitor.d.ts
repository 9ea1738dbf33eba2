// The glue of the monitor's Wasm, `src/edge/monitor.rs`. It runs in Paris only.
import type { AtlasHealth } from "../index.js";
import type { Observed } from "../monitor.js";

/** The counters of the last hour. Times are milliseconds. */
export class Monitor {
  observe(stats: string | undefined, hint: string | undefined, now: number): Observed;
  health(
    version: number | undefined, checksum: string | undefined, checkedAt: string | undefined, lastSyncAt: string | undefined,
    maxAgeMs: number | undefined, now: number,
  ): AtlasHealth;
}

export function ready(): void;

export function reset(): void;
