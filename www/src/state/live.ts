// A reader of the page's own on the local store, as Venice has one, that looks up one instance a second; and what it did
// over the last minutes. It asks the store each time, where Venice asks every ten seconds, so that a fault shows at once.
import { createAtlas, type AtlasLogEvent, type FallbackReason, type LookupRequest } from "@clickeen/atlas";
import { computed, signal } from "@preact/signals";

import { representative } from "./judge";
import { keyOptions } from "./keys";
import { client, stats } from "./local-store";
import { localReach, localSnapshot } from "./sources";

const EVERY_MS = 1_000;
/** Five minutes. */
const MOST_SAMPLES = 300;
const MOST_EVENTS = 100;

/** One lookup. */
export interface Sample {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly ms: number;
  /** `null` for a hit. */
  readonly reason: FallbackReason | null;
  readonly version: number | null;
  /** What the store's client said, if its read failed. */
  readonly problem: string | null;
  /** Reads that the store counted since the sample before; `null` if it did not say. */
  readonly reads: number | null;
}

export interface LoggedEvent extends AtlasLogEvent {
  readonly at: number;
}

export const samples = signal<readonly Sample[]>([]);
export const events = signal<readonly LoggedEvent[]>([]);

/** What the last read failed with, since it was last asked for. */
let problem: string | null = null;

/** The reader; a new one when the public keys have changed, as after a deployment. */
const atlas = computed(() =>
  createAtlas({
    client: {
      getAll: (keys?: readonly string[]) =>
        client.getAll(keys).catch((error: Error) => {
          problem = error.message;
          throw error;
        }),
    },
    refreshMs: 0,
    log: (event) => (events.value = [{ ...event, at: Date.now() }, ...events.peek()].slice(0, MOST_EVENTS)),
    ...keyOptions.value,
  }),
);

let counted: number | null = null;

/** Begins to look up. */
export function startLooking(): void {
  setInterval(() => void look(), EVERY_MS);
}

async function look(): Promise<void> {
  if (localReach.peek().state === "asking") return;
  const reads = await readsSince();
  const started = performance.now();
  problem = null;
  const decision = await atlas.value.lookup(request());
  const ms = performance.now() - started;
  const sample: Sample = {
    at: Date.now(),
    ms,
    reason: decision.source === "atlas" ? null : decision.reason,
    version: decision.source === "atlas" ? decision.version : null,
    problem,
    reads,
  };
  samples.value = [...samples.peek(), sample].slice(-MOST_SAMPLES);
}

function request(): LookupRequest {
  const known = localSnapshot.peek();
  return { publicId: "inspector", requestId: "live", ...(known === null ? {} : representative(known)) };
}

async function readsSince(): Promise<number | null> {
  try {
    const { requests } = (await stats()).reads;
    const since = counted === null || requests < counted ? null : requests - counted;
    counted = requests;
    return since;
  } catch {
    counted = null;
    return null;
  }
}
