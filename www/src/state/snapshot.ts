// One snapshot as the page holds it: the items of a store at one moment, with what is worked out from them on demand.
import { verifySnapshot, type SnapshotVerdict } from "@clickeen/atlas";

import { jsonIn, parseItems, type Items, type Shape } from "../data/items";
import { recordsOf, type SnapshotRecord } from "../data/records";
import { storedTexts } from "../data/stored-text";

export interface Snapshot {
  /** Where it came from, as the page calls it. */
  readonly name: string;
  /** The items as they were written. */
  readonly text: string;
  readonly items: Items;
  readonly shape: Shape;
  /** Tells it from every other, whatever they are called. */
  readonly id: number;
  /** Whether somebody opened it; otherwise a store gave it. */
  readonly isOpened: boolean;
  /** When the text had arrived, by `performance.now()`. */
  readonly arrivedAt: number;
}

const VALUES: Shape = { path: [], hasTimes: false };

let made = 0;

/**
 * The snapshot in a text that somebody opened.
 *
 * @throws {NotItems}
 */
export function openedSnapshot(name: string, opened: string): Snapshot {
  const arrivedAt = performance.now();
  const text = jsonIn(opened);
  return { name, text, ...parseItems(text), id: (made += 1), isOpened: true, arrivedAt };
}

/** The snapshot in what a store answered: its items, whether Atlas's are among them or not. */
export function storedSnapshot(name: string, text: string): Snapshot {
  const arrivedAt = performance.now();
  return { name, text, items: JSON.parse(text) as Items, shape: VALUES, id: (made += 1), isOpened: false, arrivedAt };
}

export const verdictOf = remembered((snapshot): SnapshotVerdict => verifySnapshot(snapshot.items));
export const recordsIn = remembered((snapshot): readonly SnapshotRecord[] => recordsOf(snapshot.items));
export const textsOf = remembered((snapshot) => storedTexts(snapshot.text, snapshot.shape));

/** The bytes of each value as a store counts them, in compact JSON. */
export const sizesOf = remembered((snapshot): ReadonlyMap<string, number> => {
  const encoder = new TextEncoder();
  const size = (value: unknown) => encoder.encode(JSON.stringify(value)).length;
  return new Map(Object.entries(snapshot.items).map(([key, value]) => [key, size(value)]));
});

function remembered<T>(work: (snapshot: Snapshot) => T): (snapshot: Snapshot) => T {
  const known = new WeakMap<Snapshot, { readonly value: T }>();
  return (snapshot) => {
    let entry = known.get(snapshot);
    if (entry === undefined) known.set(snapshot, (entry = { value: work(snapshot) }));
    return entry.value;
  };
}
