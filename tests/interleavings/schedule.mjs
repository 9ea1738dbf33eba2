// Schedules: plain steps made from a seed, and how a schedule that fails is made short.
import { ANSWERS, HEALING, MODES } from "./client.mjs";
import { FORMS, TRUST } from "./reader.mjs";

/** A small generator of random numbers (mulberry32): the same everywhere for the same seed. */
export function random(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (most) => next() % most;
  return { below, of: (list) => list[below(list.length)], chance: (percent) => below(100) < percent };
}

const STEPS = [
  ["lookup", 30], ["peek", 8], ["resolve", 5], ["answer", 40], ["store", 6], ["mode", 2], ["time", 5], ["jump", 1],
  ["trap", 1], ["vandal", 4], ["sweep", 6], ["health", 1], ["stats", 1], ["verify", 1], ["crypto", 1], ["warm", 1],
];
const DECK = STEPS.flatMap(([op, weight]) => Array.from({ length: weight }, () => op));

/** Milliseconds by which time moves: within the 50, over them, to the refresh, over the budget, over the greatest age. */
const TIMES = [1, 20, 49, 50, 51, 1_000, 5_000, 10_000, 10_001, 20_000];
const JUMPS = [-1, 1, -9_000, 11_000, -600_000, 600_000, -90_000_000, 46_800_000, 50_000_000];

/** Longer than a schedule: WebCrypto does not answer. */
const NEVER_MS = 1_000_000_000;

/** What is thrown through a call of the Wasm: a trap, a stack that overflows there, or neither. */
const THROWN = ["RuntimeError", "RuntimeError", "RangeError", "TypeError"];

/** The plainest reader. Options of a failing schedule are made like it where it still fails. */
const PLAIN = { behind: false, logs: "none", shows: "nothing", clock: "given", keys: "none", embedded: null, minVersion: 0, lastResortMaxAgeMs: 0 };

/** A schedule: how its readers are made, and its steps. */
export function schedule(seed, { snapshots, requests }) {
  const { below, of, chance } = random(seed);
  const isCold = chance(50);
  const readers = Array.from({ length: 1 + below(3) }, () => ({
    behind: chance(40), refreshMs: of([0, 10_000, 10_000, 10_000]), logs: of(["none", "none", "throws", "rejects", "thenable", "reenters"]),
    shows: of(["nothing", "decisions", "throws", "rejects", "reenters"]), withGet: chance(50), clock: of(["given", "given", "given", "odd", "own", "reenters"]),
    keys: chance(60) ? "none" : of(Object.keys(TRUST)), embedded: chance(30) ? { place: below(snapshots.length), form: of(FORMS) } : null,
    minVersion: of([0, 0, 0, 0, 2, 3]), lastResortMaxAgeMs: of([0, 0, 0, 600_000, 180_000_000]), heals: of(HEALING),
  }));
  const early = snapshots.findIndex(({ version }) => version === 5);
  const places = (kinds) => snapshots.flatMap(({ kind }, place) => (place < early && kinds.includes(kind) ? [place] : []));
  const goods = places(["good"]);
  // Good for readers without keys, for others perhaps.
  const disputed = places(["single", "unsigned", "moved", "forged"]);
  const any = (percent) => (chance(percent) ? of(goods) : chance(50) ? of(disputed) : below(snapshots.length));
  const step = () => {
    const op = of(DECK);
    const reader = below(readers.length);
    const after = chance(50) ? below(3) : below(9);
    const request = chance(60) ? below(3) : below(requests.length + 5);
    switch (op) {
      case "lookup": return { op, reader, request, times: chance(40) ? 20 + below(200) : 1 + below(4), context: of(["none", "keep", "keep", "throws", "rejects", "odd", "reenters"]), after };
      case "peek": return { op, reader, request, times: 1 + below(8), after };
      case "resolve": return { op, reader, request, paris: of(["value", "throws", "rejects", "hangs", "late", "reenters"]), context: of(["none", "keep", "throws"]), after };
      case "answer": return { op, reader, pick: chance(60) ? 0 : below(6), kind: of(ANSWERS), place: any(65), ...(chance(30) && { next: of(goods) }), after };
      case "store": return { op, place: any(65), after };
      case "mode": return { op, reader, mode: of(MODES), after };
      case "time": return { op, ms: of(TIMES), after };
      case "jump": return { op, ms: of(JUMPS), after };
      case "trap": return { op, in: below(3), throws: of(THROWN), after };
      case "crypto": return { op, ms: of([0, 0, 1, 60, NEVER_MS]), after };
      case "verify": return { op, place: below(snapshots.length), after };
      default: return { op, reader, after };
    }
  };
  // Most readers have something to lose when the rest begins.
  const warm = readers.flatMap((_, reader) => (chance(25) ? [] : [
    { op: "lookup", reader, request: 0, times: 1, context: "none", after: 8 },
    { op: "answer", reader, pick: 0, kind: "good", place: 0, after: 8 },
  ]));
  const steps = [...warm, ...Array.from({ length: 20 + below(60) }, step)];
  return { seed, isCold, readers, store: of(goods), steps };
}

/**
 * The shortest schedule found that still fails: pieces are left out, then single steps, then what is left is made plain.
 *
 * @param {(candidate: object) => Promise<boolean>} fails
 */
export async function shrink(failing, fails) {
  let best = failing;
  const attempt = async (candidate) => {
    if (!(await fails(candidate))) return false;
    best = candidate;
    return true;
  };
  for (let size = Math.ceil(best.steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.steps.length; ) {
      const steps = [...best.steps.slice(0, at), ...best.steps.slice(at + size)];
      if (!(await attempt({ ...best, steps }))) at += size;
    }
  }
  for (let at = 0; at < best.steps.length; at += 1) {
    for (const plainer of [{ times: 1 }, { context: "none" }, { after: 0 }, { after: 8 }, { next: undefined }, { reader: 0 }, { request: 0 }, { pick: 0 }]) {
      const [name, value] = Object.entries(plainer)[0];
      if (best.steps[at][name] === undefined || best.steps[at][name] === value || (name === "after" && best.steps[at].after === 0)) continue;
      await attempt({ ...best, steps: best.steps.with(at, { ...best.steps[at], [name]: value }) });
    }
  }
  if (best.isCold) await attempt({ ...best, isCold: false });
  if (best.readers.length > 1) await attempt({ ...best, readers: best.readers.slice(0, 1) });
  for (let at = 0; at < best.readers.length; at += 1) {
    for (const [name, value] of Object.entries(PLAIN)) {
      if (best.readers[at][name] !== value) await attempt({ ...best, readers: best.readers.with(at, { ...best.readers[at], [name]: value }) });
    }
  }
  return best;
}

/** A schedule as it is printed: one line a step. */
export function printed({ seed, isCold, readers, store, steps }, { snapshots }) {
  const named = (place) => (({ version, kind }) => `version ${version} (${kind}, ${place})`)(snapshots[place % snapshots.length]);
  const line = ({ op, after, place, next, ...rest }) =>
    `  ${[op, ...Object.entries(rest).map(([name, value]) => `${name}=${value}`), ...(place === undefined ? [] : [named(place)]), ...(next === undefined ? [] : [`and the next read with ${named(next)}`]), `then ${after} microtasks`].join(" ")}`;
  return [`seed ${seed}${isCold ? ", cold" : ""}`, ...readers.map((reader, place) => `  reader ${place}: ${JSON.stringify(reader)}`), `  store: ${named(store)}`, ...steps.map(line)].join("\n");
}
