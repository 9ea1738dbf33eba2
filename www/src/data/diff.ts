// What differs between two snapshots, record by record, and inside a record member by member.
import type { Json } from "@clickeen/atlas";

import { identityOf, type SnapshotRecord } from "./records";

/** The most changes that are listed inside one record. */
const MOST_CHANGES = 200;

export interface RecordDiff {
  readonly what: "added" | "changed" | "removed";
  readonly record: SnapshotRecord;
  /** Of a changed record only: the first of its changes. */
  readonly changes: readonly Change[];
  /** Whether there are more. */
  readonly hasMore: boolean;
}

/** One member that differs; a side that lacks it is `undefined`. */
export interface Change {
  readonly path: readonly string[];
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** From one list of records to another: what was added, changed and removed, in that order. */
export function diffRecords(before: readonly SnapshotRecord[], after: readonly SnapshotRecord[]): readonly RecordDiff[] {
  const byIdentity = (records: readonly SnapshotRecord[]) => new Map(records.map((record) => [identityOf(record), record]));
  const [old, now] = [byIdentity(before), byIdentity(after)];
  const added = [...now].filter(([identity]) => !old.has(identity)).map(([, record]) => only("added", record));
  const removed = [...old].filter(([identity]) => !now.has(identity)).map(([, record]) => only("removed", record));
  const changed = [...now].flatMap(([identity, record]): RecordDiff[] => {
    const earlier = old.get(identity);
    if (earlier === undefined) return [];
    const found = changesIn(earlier.data, record.data);
    return found.changes.length === 0 ? [] : [{ what: "changed", record, ...found }];
  });
  return [...added, ...changed, ...removed];
}

/** The members in which two values differ, as deep as both are objects or both arrays. */
export function changesIn(before: Json, after: Json): Pick<RecordDiff, "changes" | "hasMore"> {
  const changes: Change[] = [];
  collect([], before, after, changes);
  return { changes: changes.slice(0, MOST_CHANGES), hasMore: changes.length > MOST_CHANGES };
}

/** Adds what differs below a place, whose path is the same again afterwards. */
function collect(path: string[], before: Json | undefined, after: Json | undefined, changes: Change[]): void {
  if (changes.length > MOST_CHANGES || before === after) return;
  if (!hasMembers(before) || !hasMembers(after) || Array.isArray(before) !== Array.isArray(after)) {
    changes.push({ path: [...path], before, after });
    return;
  }
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    path.push(name);
    collect(path, own(before, name), own(after, name), changes);
    path.pop();
  }
}

type Members = { readonly [name: string]: Json };

/** An object, or an array, whose members are named by their places. */
function hasMembers(value: Json | undefined): value is Members {
  return typeof value === "object" && value !== null;
}

function own(members: Members, name: string): Json | undefined {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}

function only(what: "added" | "removed", record: SnapshotRecord): RecordDiff {
  return { what, record, changes: [], hasMore: false };
}
