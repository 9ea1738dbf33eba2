// What the page looks at: the local store, read again and again, or a file that was opened. One of them is shown.
import { computed, effect, signal } from "@preact/signals";

import { NotItems, tooLarge, MOST_BYTES } from "../data/items";
import { looksLikeKeys } from "../data/public-keys";
import { Judge, type Judgement } from "./judge";
import { giveKeys, keyOptions, keyRefusal, type KeyOptions } from "./keys";
import { StoreError, readAll } from "./local-store";
import { FILE_REACH, answered, type Reach } from "./reach";
import { linkTo } from "./route";
import { openedSnapshot, storedSnapshot, type Snapshot } from "./snapshot";

/** The most files that are kept open. */
const MOST_FILES = 6;

const READ_EVERY_MS = 1_000;
const JUDGE_EVERY_MS = 1_000;

export const LOCAL = "the local store";

/** The local store: the last snapshot that it gave, and whether it answers. */
export const localSnapshot = signal<Snapshot | null>(null);
export const localReach = signal<Reach>({ state: "asking" });

/** The files that were opened, the latest first. */
export const files = signal<readonly Snapshot[]>([]);

/** What is wrong with what was last opened. */
export const refusal = signal<string | null>(null);

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

/** Begins to read the local store, and to judge what is shown. */
export function startWatching(): void {
  void repeat(READ_EVERY_MS, readLocal);
  effect(() => void judgeShown(snapshot.value, keyOptions.value));
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

/** Opens a file and shows it, or says why it does not hold a store's items. */
export async function openFile(file: File): Promise<void> {
  await open(file.name, async () => {
    if (file.size > MOST_BYTES) throw tooLarge(file.size);
    return file.text();
  });
}

/** Opens what was pasted. */
export async function openText(text: string): Promise<void> {
  await open(`pasted at ${new Date().toLocaleTimeString("en", { hour12: false })}`, async () => text);
}

async function open(name: string, read: () => Promise<string>): Promise<void> {
  try {
    const text = await read();
    if (looksLikeKeys(text)) return openKeys(name, text);
    const opened = openedSnapshot(name, text);
    files.value = [opened, ...files.peek()].slice(0, MOST_FILES);
    shownFile.value = opened;
    refusal.value = null;
  } catch (error) {
    const why = error instanceof NotItems ? error.message : `It could not be read: ${(error as Error).message}`;
    refusal.value = `${name} is not a snapshot. ${why}`;
  }
}

/** Keys that were opened like a snapshot: what is wrong with them is said where that was done. */
function openKeys(name: string, text: string): void {
  refusal.value = giveKeys(text) ? null : `${name} holds no public keys. ${keyRefusal.peek()}`;
  if (refusal.peek() === null) location.hash = linkTo("overview", ["signatures"]);
  else keyRefusal.value = null;
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
  if (shown.name === LOCAL && !files.peek().includes(shown)) return (localJudge = withKeys(localJudge, options));
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
