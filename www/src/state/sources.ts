// What the page looks at: the local store, read again and again, or a file that was opened. One of them is shown.
import { batch, computed, effect, signal } from "@preact/signals";

import { NotItems, textIn, tooLarge, MOST_BYTES } from "../data/items";
import { looksLikeKeys } from "../data/public-keys";
import { clock } from "../data/words";
import { Judge, type Judgement } from "./judge";
import { giveKeys, keyOptions, keyRefusal, type KeyOptions } from "./keys";
import { StoreError, readAll } from "./local-store";
import { FILE_REACH, answered, type Reach } from "./reach";
import { linkTo } from "./route";
import { openedSnapshot, storedSnapshot, type Snapshot } from "./snapshot";

/** The most files that are kept open, and that are opened at once. */
const MOST_FILES = 6;

const READ_EVERY_MS = 1_000;
const JUDGE_EVERY_MS = 1_000;

export const LOCAL = "the local store";

/** The local store: the last snapshot that it gave, and whether it answers. */
export const localSnapshot = signal<Snapshot | null>(null);
export const localReach = signal<Reach>({ state: "asking" });
export const localFails = computed(() => localReach.value.state === "fails");

/** The files that were opened, the latest first. */
export const files = signal<readonly Snapshot[]>([]);

/** What is wrong with what was last opened. */
export const refusals = signal<readonly string[]>([]);

/** The file that is shown, or `null` for the local store. */
export const shownFile = signal<Snapshot | null>(null);

export const snapshot = computed(() => shownFile.value ?? localSnapshot.value);
export const reach = computed(() => (shownFile.value === null ? localReach.value : FILE_REACH));

/** The time by which ages are told: moves on once a second. */
export const now = signal(Date.now());

/** What Venice would do with what is shown; `null` until it is known. */
export const judgement = signal<Judgement | null>(null);

let localJudge = new Judge({});
const fileJudges = new WeakMap<Snapshot, Judge>();
let localTag: string | null = null;

/** Counts what somebody opens or chooses: a file that is read late does not take the place of what came after it. */
let turn = 0;

/** Begins to read the local store, and to judge what is shown. */
export function startWatching(): void {
  void repeat(READ_EVERY_MS, readLocal);
  effect(() => {
    // What has just come is not from the future because the page has last told the time before it.
    if (snapshot.value !== null) now.value = Date.now();
    void judgeShown(snapshot.value, keyOptions.value);
  });
  setInterval(() => {
    now.value = Date.now();
    void judgeShown(snapshot.peek(), keyOptions.peek());
  }, JUDGE_EVERY_MS);
}

/** Reads the local store now. */
export async function readLocal(): Promise<void> {
  try {
    const { tag, text, ms } = await readAll(localSnapshot.peek() === null ? null : localTag);
    if (text !== null) localSnapshot.value = storedSnapshot(LOCAL, text);
    localTag = tag;
    localReach.value = answered(localReach.peek(), ms);
  } catch (error) {
    const failure = error instanceof StoreError ? error.failure : "error";
    localReach.value = { state: "fails", failure, problem: (error as Error).message };
  }
}

/** Shows a file that is open, or the local store. */
export function show(file: Snapshot | null): void {
  turn += 1;
  shownFile.value = file;
}

/** Opens files and shows the last of them, and says of each that does not hold a store's items why. */
export async function openFiles(given: readonly File[]): Promise<void> {
  if (given.length === 0) return;
  const own = (turn += 1);
  refusals.value = given.length > MOST_FILES ? [`Expected at most ${MOST_FILES} files at once, found ${given.length}.`] : [];
  if (refusals.peek().length > 0) return;
  for (const file of given) {
    const refused = await open(file, () => own === turn);
    if (refused !== null) refusals.value = [...refusals.peek(), refused];
  }
}

/** Opens what was pasted. */
export async function openText(text: string): Promise<void> {
  await openFiles([new File([text], `pasted at ${clock(Date.now())}`)]);
}

/** What is wrong with the file, or `null` if it was opened. */
async function open(file: File, isShown: () => boolean): Promise<string | null> {
  try {
    if (file.size > MOST_BYTES) throw tooLarge(file.size);
    const text = textIn(await file.arrayBuffer());
    if (looksLikeKeys(text)) return openKeys(file.name, text);
    const opened = openedSnapshot(file.name, text);
    batch(() => {
      if (isShown()) shownFile.value = opened;
      files.value = [opened, ...files.peek()].filter((one, at) => at < MOST_FILES || one === shownFile.peek());
    });
    return null;
  } catch (error) {
    const why = error instanceof NotItems ? error.message : `It could not be read: ${(error as Error).message}`;
    return `${file.name} is not a snapshot. ${why}`;
  }
}

/** Keys that were opened like a snapshot: what is wrong with them is said where that was done. */
function openKeys(name: string, text: string): string | null {
  if (giveKeys(text)) {
    location.hash = linkTo("overview", ["signatures"]);
    return null;
  }
  const refused = `${name} holds no public keys. ${keyRefusal.peek()}`;
  keyRefusal.value = null;
  return refused;
}

async function judgeShown(shown: Snapshot | null, options: KeyOptions): Promise<void> {
  if (shown === null) {
    judgement.value = null;
    return;
  }
  const judged = await judgeOf(shown, options).judge(shown);
  if (snapshot.peek() === shown && keyOptions.peek() === options) judgement.value = judged;
}

function judgeOf(shown: Snapshot, options: KeyOptions): Judge {
  if (!shown.isOpened) return (localJudge = withKeys(localJudge, options));
  const judge = withKeys(fileJudges.get(shown), options);
  fileJudges.set(shown, judge);
  return judge;
}

/**
 * A judge with these keys. A new one first sees the highest version that the one before has seen: if that is signed as the
 * keys ask, an older one is still a rollback.
 */
function withKeys(before: Judge | undefined, options: KeyOptions): Judge {
  if (before?.options === options) return before;
  const judge = new Judge(options);
  if (before?.highestSnapshot) void judge.judge(before.highestSnapshot);
  return judge;
}

async function repeat(everyMs: number, work: () => Promise<void>): Promise<never> {
  for (;;) {
    await work();
    await new Promise((done) => setTimeout(done, everyMs));
  }
}
