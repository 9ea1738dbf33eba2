// What differs between two snapshots, record by record, and inside a record member by member.
import type { Json } from "@clickeen/atlas";

import { canonicalText } from "./canonical";
import { isObject } from "./items";
import { pathOf, type SnapshotRecord } from "./records";

/** The most changes that are listed inside one record. */
const MOST_CHANGES = 200;

export interface RecordDiff {
  readonly what: "added" | "changed" | "removed";
  readonly record: SnapshotRecord;
  /** Of a changed record only. */
  readonly changes: readonly Change[];
}

/** One member that differs; a side that lacks it is `undefined`. */
export interface Change {
  readonly path: readonly string[];
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** From one list of records to another: what was added, changed and removed, in that order. */
export function diffRecords(before: readonly SnapshotRecord[], after: readonly SnapshotRecord[]): readonly RecordDiff[] {
  const byPath = (records: readonly SnapshotRecord[]) => new Map(records.map((record) => [pathOf(record).join("\n"), record]));
  const [old, now] = [byPath(before), byPath(after)];
  const added = [...now].filter(([path]) => !old.has(path)).map(([, record]) => only("added", record));
  const removed = [...old].filter(([path]) => !now.has(path)).map(([, record]) => only("removed", record));
  const changed = [...now].flatMap(([path, record]): RecordDiff[] => {
    const earlier = old.get(path);
    if (earlier === undefined || same(earlier.data, record.data)) return [];
    return [{ what: "changed", record, changes: changesIn(earlier.data, record.data) }];
  });
  return [...added, ...changed, ...removed];
}

/** The members in which two values differ, as deep as both are objects or both arrays. */
export function changesIn(before: Json, after: Json): readonly Change[] {
  const changes: Change[] = [];
  collect([], before, after, changes);
  return changes;
}

function collect(path: readonly string[], before: Json | undefined, after: Json | undefined, changes: Change[]): void {
  if (changes.length >= MOST_CHANGES || same(before, after)) return;
  const [old, now] = [membersOf(before), membersOf(after)];
  if (old === undefined || now === undefined || Array.isArray(before) !== Array.isArray(after)) {
    changes.push({ path, before, after });
    return;
  }
  for (const name of new Set([...Object.keys(old), ...Object.keys(now)])) {
    collect([...path, name], own(old, name), own(now, name), changes);
  }
}

function membersOf(value: Json | undefined): { readonly [name: string]: Json } | undefined {
  if (Array.isArray(value)) return Object.fromEntries(value.entries()) as { [name: string]: Json };
  return isObject(value) ? value : undefined;
}

function own(members: { readonly [name: string]: Json }, name: string): Json | undefined {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}

function same(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  return a !== undefined && b !== undefined && canonicalText(a) === canonicalText(b);
}

function only(what: "added" | "removed", record: SnapshotRecord): RecordDiff {
  return { what, record, changes: [] };
}
