// What can be compared: the local store now, its earlier states, and the files that were opened.
import { signal } from "@preact/signals";

import { instant } from "../data/words";
import { backup, backups } from "./local-store";
import { LOCAL, files, localFails, localSnapshot } from "./sources";
import { storedSnapshot, type Snapshot } from "./snapshot";

/** A snapshot that can be had, perhaps only after a request. */
export interface Comparable {
  readonly id: string;
  readonly label: string;
  readonly load: () => Promise<Snapshot>;
}

const earlier = signal<readonly Comparable[]>([]);

/** Asks the local store for its earlier states; a store that has none, or does not answer, gives none. */
export async function findEarlierStates(): Promise<void> {
  try {
    earlier.value = (await backups()).map(({ id, lastModified }) => {
      const label = `${LOCAL}, state ${id} of ${instant(new Date(lastModified).toISOString())}`;
      // A store that has started anew gives the same ids to other states.
      return { id: `backup ${id} of ${lastModified}`, label, load: async () => storedSnapshot(label, await backup(id)) };
    });
  } catch {
    earlier.value = [];
  }
}

/** What a snapshot of the page is called here. */
export function idOf(snapshot: Snapshot | null): string {
  return snapshot?.isOpened ? `file ${snapshot.id}` : "local";
}

/** Everything that can be compared now: the store and its states first. */
export function comparables(): readonly Comparable[] {
  const local = localSnapshot.value;
  const now = local === null ? [] : [{ id: idOf(local), label: `${LOCAL}, ${localFails.value ? "as it was read last" : "now"}`, load: async () => local }];
  const opened = files.value.map((file) => ({ id: idOf(file), label: file.name, load: async () => file }));
  return [...now, ...earlier.value, ...opened];
}
