// Whether a source of snapshots answers. A file always does; the local store may not.
import type { StoreFailure } from "./local-store";

/** Milliseconds that Venice waits for the store. */
export const VENICE_WAITS_MS = 50;

/** Reads in a row that are late before the store counts as late: as many as open Venice's breaker. */
const LATE_IN_A_ROW = 3;

export type Reach =
  | { readonly state: "asking" }
  | { readonly state: "answers"; readonly ms: number | null; readonly lateInARow: number }
  | { readonly state: "late"; readonly ms: number; readonly lateInARow: number }
  | { readonly state: "fails"; readonly failure: StoreFailure; readonly problem: string };

export const FILE_REACH: Reach = { state: "answers", ms: null, lateInARow: 0 };

/** What a read that took so long makes of it. */
export function answered(before: Reach, ms: number): Reach {
  const earlier = before.state === "answers" || before.state === "late" ? before.lateInARow : 0;
  const lateInARow = ms > VENICE_WAITS_MS ? earlier + 1 : 0;
  return { state: lateInARow >= LATE_IN_A_ROW ? "late" : "answers", ms, lateInARow };
}
