// The schedule explorer: drives the real package, through its public API alone, with schedules made from seeds. The clock,
// the timers and every answer of the store are the explorer's, so a schedule gives the same run each time, and one that
// breaks a rule (check.mjs) is shrunk to the few steps that it takes.
//
// To see one again: `node tests/interleavings/node.mjs '{ "first": SEED, "schedules": 1 }'`. Nothing here imports from
// node:, so the same explorer runs in workerd.
import { Crypto } from "./crypto.mjs";
import { printed, schedule, shrink } from "./schedule.mjs";
import { Time } from "./time.mjs";
import { World } from "./world.mjs";

/** How many schedules run between two looks at what nobody handled; those wait for the isolate's own loop. */
const BATCH = 50;

/**
 * Runs schedules until `lookups` were made (or `schedules` of them ran), or one fails.
 *
 * @param {object} setting
 * @param {{ createAtlas: Function, verifySnapshot: Function, wasm: { isCold: boolean, isPractised: boolean } }} setting.atlas the package, and
 *   what it knows of its instance
 * @param {object} setting.host the functions that the Wasm calls, through which a trap is made
 * @param {Function} setting.Item the class whose `read` hands a value's bytes to the Wasm to be verified
 * @param {object} setting.given what snapshots.mjs prepared
 * @param {(value: unknown) => unknown} setting.foreign the same value in objects of another realm
 * @param {unknown[]} setting.unhandled where the isolate notes rejections that nobody handled
 * @param {() => Promise<void>} setting.breathe a turn of the isolate's own loop
 */
export async function explore(setting, { first = 1, lookups = Infinity, schedules = Infinity, isCensus = false, shrinks = true }) {
  const time = new Time();
  const crypto = new Crypto(setting.given.signatures);
  const uninstall = [time.install(), crypto.install()];
  const { stackTraceLimit } = Error;
  // Errors are thrown by the thousand, and nobody looks where from.
  Error.stackTraceLimit = 0;
  const judged = countRead(setting.Item);
  const stage = { ...setting, shrinks, time, crypto, judged, trap: trapIn(setting.host) };
  const totals = { first, schedules: 0, lookups: 0, hits: 0, fallbacks: {}, embedded: 0, lastResorts: 0, traps: 0, rules: {} };
  try {
    for (let seed = first; totals.lookups < lookups && totals.schedules < schedules; seed += 1) {
      const made = schedule(seed, setting.given);
      const world = await play(stage, made, totals);
      const isBatchEnd = totals.schedules % BATCH === 0 || totals.schedules === schedules;
      if (world.failures.length === 0 && isBatchEnd) await setting.breathe();
      const unhandled = setting.unhandled.splice(0);
      if (unhandled.length > 0) return { ...totals, failure: await unheard(stage, seed, unhandled) };
      for (const failure of world.failures.slice(0, 1)) {
        if (!isCensus) return { ...totals, failure: await shortest(stage, made, failure) };
        totals.rules[failure.rule] ??= { count: 0, ...(await shortest(stage, made, failure)) };
        totals.rules[failure.rule].count += 1;
      }
    }
    return totals;
  } finally {
    totals.traps = stage.trap.count;
    stage.trap.remove();
    Error.stackTraceLimit = stackTraceLimit;
    judged.remove();
    for (const undo of uninstall) undo();
  }
}

/** Runs one schedule from its beginning. */
async function play(stage, made, totals) {
  stage.time.reset();
  stage.trap.arm(undefined);
  const world = new World(stage, made);
  await world.run(made.steps);
  if (totals) {
    totals.schedules += 1;
    totals.lookups += world.lookups;
    for (const { ledger } of world.readers) {
      totals.hits += ledger.hits;
      totals.embedded += ledger.taken.embedded;
      totals.lastResorts += ledger.lastResorts;
      for (const [reason, count] of Object.entries(ledger.fallbacks)) totals.fallbacks[reason] = (totals.fallbacks[reason] ?? 0) + count;
    }
  }
  return world;
}

/** The failing schedule, shrunk while it breaks the same rule, unless what broke it needs the isolate as it was. */
async function shortest(stage, made, { rule, message }) {
  if (!stage.shrinks) return { rule, seed: made.seed, message, schedule: printed(made, stage.given) };
  const broken = async (candidate) => (await play(stage, candidate)).failures.find((failure) => failure.rule === rule);
  const short = await shrink(made, async (candidate) => (await broken(candidate)) !== undefined);
  const failure = (await broken(short)) ?? { message: "not seen again" };
  return { rule, seed: made.seed, message: failure.message, schedule: printed(short, stage.given) };
}

/** Which schedule of a batch left a rejection that nobody handled, shrunk. */
async function unheard(stage, last, reasons) {
  const { unhandled, breathe, given } = stage;
  const leaves = async (candidate) => {
    await play(stage, candidate);
    await breathe();
    return unhandled.splice(0).length > 0;
  };
  for (let seed = last; seed > last - BATCH && seed > 0; seed -= 1) {
    const made = schedule(seed, given);
    if (!(await leaves(made))) continue;
    return { rule: "unhandled", seed, message: String(reasons[0]), schedule: printed(stage.shrinks ? await shrink(made, leaves) : made, given) };
  }
  return { rule: "unhandled", seed: last, message: `${reasons[0]}, in none of the last ${BATCH} schedules alone`, schedule: "" };
}

const ERRORS = { RuntimeError: WebAssembly.RuntimeError, RangeError, TypeError };

/**
 * How a trap is made: what the Wasm calls throws, which leaves its frames as an `unreachable` does, with whatever they
 * had borrowed. A `TypeError` leaves them too, and is no trap.
 */
function trapIn(host) {
  const originals = { ...host };
  const trap = { count: 0, left: undefined, arm: (left, throws) => Object.assign(trap, { left, throws }), remove: () => Object.assign(host, originals) };
  for (const [name, original] of Object.entries(originals)) {
    host[name] = (...args) => {
      if (trap.left !== undefined) {
        if (trap.left === 0) {
          trap.left = undefined;
          trap.count += 1;
          throw new ERRORS[trap.throws]("thrown through the Wasm");
        }
        trap.left -= 1;
      }
      return original(...args);
    };
  }
  return trap;
}

/** Counts the bytes that are handed to the Wasm to be verified. */
function countRead({ prototype }) {
  const { read } = prototype;
  const judged = { bytes: 0, remove: () => (prototype.read = read) };
  prototype.read = function (at, into) {
    judged.bytes += into.length;
    return read.call(this, at, into);
  };
  return judged;
}
