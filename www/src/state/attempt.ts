// One lookup tried out with a reader of its own that has just started: the decision, how long each step took, and what
// would be logged.
import { createAtlas, type AtlasLogEvent, type Decision, type LookupRequest } from "@clickeen/atlas";

import { keyOptions, keys } from "./keys";
import { client } from "./local-store";
import type { Snapshot } from "./snapshot";

/** Lookups from memory that are timed together: one alone is too quick for a browser's clock. */
const REPEATS = 200;

export interface Attempt {
  /** What was shown when it was made. */
  readonly shown: Snapshot;
  readonly request: LookupRequest;
  readonly decision: Decision;
  readonly events: readonly AtlasLogEvent[];
  readonly steps: readonly Step[];
  /** Whether the reader had public keys. */
  readonly checksSignatures: boolean;
}

export interface Step {
  readonly name: string;
  /** `null` when the step was not taken. */
  readonly ms: number | null;
}

/** Looks up, in the local store itself or in a snapshot that was opened. */
export async function attempt(request: LookupRequest, shown: Snapshot): Promise<Attempt> {
  const events: AtlasLogEvent[] = [];
  const reading = new Stopwatch();
  const getAll = (keys?: readonly string[]) => reading.time(shown.isOpened ? Promise.resolve(shown.items) : client.getAll(keys));
  const atlas = createAtlas({ client: { getAll }, log: (event) => events.push(event), ...keyOptions.peek() });
  const checksSignatures = keys.peek().length > 0;
  const started = performance.now();
  const decision = await atlas.lookup(request);
  const whole = performance.now() - started;
  const readMs = Math.min(reading.ms ?? whole, whole);
  const logged = [...events];
  return {
    shown,
    request,
    decision,
    events: logged,
    checksSignatures,
    steps: [
      { name: "Read the store", ms: readMs },
      { name: "Verify and decide", ms: Math.max(0, whole - readMs) },
      { name: "The same lookup from memory", ms: fromMemory(() => atlas.peek(request)) },
    ],
  };
}

function fromMemory(peek: () => Decision | undefined): number | null {
  if (peek() === undefined) return null;
  const started = performance.now();
  for (let time = 0; time < REPEATS; time += 1) peek();
  return (performance.now() - started) / REPEATS;
}

class Stopwatch {
  ms: number | null = null;

  async time<T>(work: Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      return await work;
    } finally {
      this.ms = (this.ms ?? 0) + performance.now() - started;
    }
  }
}
