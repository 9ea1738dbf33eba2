// Times contestants in turns, in batches, so that what else the machine does falls on all of them alike. It runs in
// any runtime, and needs nothing of it but a clock.

/**
 * For how long a contestant runs before it is timed, in milliseconds: the compiler has then seen it. What Atlas runs in a
 * refresh it runs once, while all contestants share the SDK: after fewer calls the code of one is compiled, and that of
 * the other is not.
 */
const WARM_MS = 500;

/**
 * How refreshes over HTTP are timed. What else a shared machine does goes up and down within seconds, so rounds are short and
 * many: with a fifth of the rounds, each five times as long, the ratio of the same code differed by 0.15 from run to run.
 */
export const OVER_HTTP = { batchMs: 40, rounds: 50, warmMs: 2_500 };

/** Nothing here is so quick that a clock of milliseconds would not move under so many calls. */
const MOST_CALLS_IN_NO_TIME = 1_000_000;

/**
 * @param {Record<string, (calls: number) => Promise<unknown> | unknown>} contestants each makes that many calls
 * @param {{ batchMs: number, rounds: number, warmMs?: number }} options how long one batch should take, and how many there are of each
 * @returns {Promise<Record<string, { calls: number, samples: number[] }>>} nanoseconds a call, one sample a batch
 */
export async function race(contestants, { batchMs, rounds, warmMs = WARM_MS }) {
  const entries = Object.entries(contestants);
  const results = {};
  for (const [name, run] of entries) results[name] = { calls: await calibrate(run, batchMs, warmMs), samples: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, run] of inTurn(entries, round)) {
      const { calls, samples } = results[name];
      samples.push((await timed(run, calls)) * 1e6 / calls);
    }
  }
  return results;
}

/**
 * Each begins as often as any other, and comes after as many others: a batch finds the caches as the one before has left them.
 * Forwards and backwards in turn, the first would run twice in a row, and nobody else would.
 */
function inTurn(entries, round) {
  const first = round % entries.length;
  const turned = [...entries.slice(first), ...entries.slice(0, first)];
  return Math.floor(round / entries.length) % 2 === 0 ? turned : turned.toReversed();
}

/** Warms a contestant up, and finds how many of its calls fill a batch. */
async function calibrate(run, batchMs, warmMs) {
  let calls = 1;
  let spent = 0;
  for (;;) {
    const ms = await timed(run, calls);
    spent += ms;
    if (ms === 0 && calls > MOST_CALLS_IN_NO_TIME) throw new Error("this runtime's clock stands still during a computation");
    if (ms < batchMs / 2) calls *= 2;
    else if (spent >= warmMs) return Math.max(1, Math.round(calls * batchMs / ms));
  }
}

async function timed(run, calls) {
  const began = performance.now();
  await run(calls);
  return performance.now() - began;
}
