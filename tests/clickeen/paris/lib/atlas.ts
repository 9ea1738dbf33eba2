// Atlas as Paris sees it: what Venice counted and misses, the job, and the snapshot that stands in the store. Together
// they are the block `deps.atlas` of the health page.
import { KEYS, storedKey, verifySnapshot, type AtlasHealth } from "@clickeen/atlas";
import { AtlasMonitor, type HeadersLike, type KnownSnapshot, type RefreshHint } from "@clickeen/atlas/monitor";
import { sync } from "@clickeen/atlas-sync";
import { createClient } from "@vercel/edge-config";
import { after } from "next/server";

import { shared } from "./shared";

export type SyncReport = Awaited<ReturnType<typeof sync>>;

/** A sync may take its own deadline of 60 s, and a little to end in order. */
const LONGEST_SYNC_MS = 65_000;
/** Longest look at the store for the health page. */
const LONGEST_LOOK_MS = 2_000;
/** The job's exit code where another run holds the lock. */
const LOCKED = 75;
/** Hints lead to one sync in this time at most, counted from the end of the last. */
const HINTS_EVERY_MS = wholeNumber(process.env.ATLAS_HINTS_EVERY_MS) ?? 60_000;

interface State {
  readonly monitor: AtlasMonitor;
  /** The sync that this process runs. */
  running: Promise<SyncReport> | null;
  /** When the last one ended, in milliseconds since the epoch, and whether it was good. */
  ended: { readonly at: number; readonly good: boolean } | null;
  /** RFC 3339: the last sync of this process that came to a good end. */
  lastSyncAt: string | null;
  /** The last snapshot that was seen in the store. It counts, while it does not expire, through an outage. */
  seen: KnownSnapshot | null;
}

const state = shared<State>("atlas", () => ({
  monitor: new AtlasMonitor(),
  running: null,
  ended: null,
  lastSyncAt: null,
  seen: null,
}));

/** Whether this process runs a sync just now. */
export function isSyncing(): boolean {
  return state.running !== null;
}

/**
 * Runs the job. Its settings are in the environment: ATLAS_SOURCE, ATLAS_STORE and the like.
 *
 * @throws the job's error, with `code` and `exitCode`
 */
export async function runSync(): Promise<SyncReport> {
  const run = sync({ signal: AbortSignal.timeout(LONGEST_SYNC_MS) });
  state.running = run;
  try {
    const report = await run;
    state.ended = { at: Date.now(), good: true };
    state.lastSyncAt = new Date().toISOString();
    // What the job has read back is verified: it counts at once, also where the store cannot be read just now.
    state.seen = report;
    return report;
  } catch (error) {
    // Where another run holds the lock nothing has failed.
    if (exitCodeOf(error) !== LOCKED) state.ended = { at: Date.now(), good: false };
    throw error;
  } finally {
    state.running = null;
  }
}

/** Takes what Venice sends along with a fallback. A hint leads to a sync, after the answer. */
export function observe(headers: HeadersLike): void {
  const { hint, refused } = state.monitor.observe(headers);
  for (const { header, message } of refused) console.warn(`paris: ${header} was refused: ${message}`);
  if (hint !== null) after(() => heed(hint));
}

/** Syncs for a hint, unless that is done already: a thousand requests that miss the same thing need one sync. */
async function heed({ reason }: RefreshHint): Promise<void> {
  if (isSyncing() || !isDue()) return;
  console.info(`paris: Venice misses something (${reason}): a sync begins`);
  try {
    const { outcome, version } = await runSync();
    console.info(`paris: the sync that Venice asked for: ${outcome}, version ${version}`);
  } catch (error) {
    console.error(`paris: the sync that Venice asked for failed: ${messageOf(error)}`);
  }
}

/** The block `deps.atlas`, and whether the store could be read just now. */
export async function health(): Promise<{ readonly atlas: AtlasHealth; readonly storeAnswers: boolean }> {
  const storeAnswers = await look();
  const { seen, lastSyncAt, ended } = state;
  const latest = [lastSyncAt, seen?.checkedAt ?? null].filter((at) => at !== null).sort().at(-1);
  const block = state.monitor.health(seen && { ...seen, lastSyncAt: latest });
  // What is served still stands; but the next sync could not be made, or the last one was none.
  const isDegraded = block.status === "ok" && (!storeAnswers || ended?.good === false);
  return { atlas: isDegraded ? { ...block, status: "degraded" } : block, storeAnswers };
}

/** Reads the snapshot that stands in the store, as Venice would, and keeps it if it is one. */
async function look(): Promise<boolean> {
  try {
    const client = createClient(process.env.ATLAS_EDGE_CONFIG, { staleIfError: false, disableDevelopmentCache: true });
    const items = await within(LONGEST_LOOK_MS, client.getAll(KEYS.map(storedKey)));
    state.seen = verifySnapshot(items);
    return true;
  } catch (error) {
    console.error(`paris: the store could not be read: ${messageOf(error)}`);
    return false;
  }
}

/** The SDK has no time limit of its own. */
function within<Value>(ms: number, work: Promise<Value>): Promise<Value> {
  const late = new Promise<never>((_, fail) => {
    setTimeout(() => fail(new Error(`no answer within ${ms} ms`)), ms).unref();
  });
  return Promise.race([work, late]);
}

function isDue(): boolean {
  return state.ended === null || Date.now() - state.ended.at >= HINTS_EVERY_MS;
}

function exitCodeOf(error: unknown): unknown {
  return (error as { exitCode?: unknown } | null)?.exitCode;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "unknown";
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
