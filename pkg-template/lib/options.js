// The options of a reader, each read once and checked against its range; and the error that names one that is out of it.
import { clockOf } from "./clock.js";
import { Signatures, publicKeyOf } from "./signatures.js";

/** @import { AtlasError as Declared, AtlasLogEvent, AtlasOptions, EdgeConfigReader } from "../index.js" */
/** @import { Runtime } from "./runtime.js" */

/**
 * The options as the reader uses them.
 *
 * @typedef {{ timeoutMs: number, budgetMs: number, refreshMs: number, maxAgeMs: number, logWindowMs: number,
 *   lastResortMaxAgeMs: number, client: EdgeConfigReader | undefined, log: ((event: AtlasLogEvent) => void) | undefined,
 *   now: () => number, isOwnClock: boolean, onDecision: NonNullable<AtlasOptions["onDecision"]> | undefined, behind: boolean,
 *   signatures: Signatures | undefined, minVersion: number, snapshot: NonNullable<AtlasOptions["snapshot"]> | undefined,
 *   runtime: Runtime }} Options
 */

/** @implements {Declared} */
export class AtlasError extends Error {
  name = /** @type {const} */ ("AtlasError");

  /**
   * @param {Declared["code"]} code
   * @param {string} message
   */
  constructor(code, message) {
    super(`@clickeen/atlas: ${message}`);
    this.code = code;
  }
}

/** Each time in milliseconds: the least, the most, and the default. */
const TIMES = /** @type {const} */ ({
  timeoutMs: [1, 5_000, 50],
  budgetMs: [1, 60_000, 5_000],
  refreshMs: [0, 3_600_000, 10_000],
  maxAgeMs: [1, 604_800_000, 46_800_000],
  logWindowMs: [0, 86_400_000, 60_000],
  lastResortMaxAgeMs: [0, 31_536_000_000, 0],
});

/**
 * The options, with `undefined` and `null` standing for the default.
 *
 * @param {AtlasOptions} given
 * @param {Runtime} runtime
 * @returns {Options}
 */
export function optionsOf(given, runtime) {
  const times = timesOf(given);
  const now = option(given, "now", "a function", isFunction);
  return {
    runtime,
    ...times,
    // The budget is for all of a request.
    timeoutMs: Math.min(times.timeoutMs, times.budgetMs),
    client: option(given, "client", "an object with getAll", ({ getAll }) => typeof getAll === "function"),
    log: option(given, "log", "a function", isFunction),
    now: clockOf(now),
    isOwnClock: now === undefined,
    onDecision: option(given, "onDecision", "a function", isFunction),
    behind: option(given, "revalidate", '"blocking" or "background"', isRevalidation) === "background",
    signatures: signaturesOf(given),
    minVersion: option(given, "minVersion", "a version from 0 to 2^53 - 1", (value) => isWhole(value, 0, Infinity)) ?? 0,
    snapshot: option(given, "snapshot", "an object, its JSON, or a function that gives one", isSnapshot),
  };
}

/** @param {AtlasOptions} given */
function signaturesOf(given) {
  const listed = [option(given, "publicKeys", "Ed25519 public keys, as base64url or PEM", areKeys) ?? []].flat();
  // One that is given twice, in whatever spelling, is one signer.
  const raw = listed.map((key) => publicKeyOf(key) ?? new Uint8Array());
  const keys = Object.values(Object.fromEntries(raw.map((key) => [key.join(), key])));
  const expected = `how many of the ${keys.length} different publicKeys must have signed`;
  const required = option(given, "signaturesRequired", expected, (value) => isWhole(value, 1, Math.max(1, keys.length))) ?? 1;
  return keys.length === 0 ? undefined : new Signatures(keys, required);
}

/**
 * @param {AtlasOptions} given
 * @returns {{ [name in keyof typeof TIMES]: number }}
 */
function timesOf(given) {
  const times = Object.entries(TIMES).map(([name, [least, most, otherwise]]) => {
    const fits = (/** @type {unknown} */ value) => isWhole(value, least, most);
    const expected = `a whole number of milliseconds from ${least} to ${most}`;
    return [name, option(given, /** @type {keyof typeof TIMES} */ (name), expected, fits) ?? otherwise];
  });
  return Object.fromEntries(times);
}

/**
 * @template {keyof AtlasOptions} Name
 * @param {AtlasOptions} given
 * @param {Name} name
 * @param {string} expected
 * @param {(value: any) => boolean} fits
 * @returns {NonNullable<AtlasOptions[Name]> | undefined}
 */
function option(given, name, expected, fits) {
  const value = given[name] ?? undefined;
  if (value === undefined || fits(value)) return value;
  throw new AtlasError("ATLAS_BAD_OPTION", `option ${name}: expected ${expected}, found ${shown(name, value)}`);
}

/**
 * A value as an error shows it. A connection string that was passed as the client holds a token, so it is not shown.
 *
 * @param {string} name
 * @param {unknown} value
 */
function shown(name, value) {
  const isPlain = ["string", "number", "boolean"].includes(typeof value) && !["client", "publicKeys", "snapshot"].includes(name);
  if (!isPlain) return `a value of type ${typeof value}`;
  return (typeof value === "string" ? JSON.stringify(value) : String(value)).slice(0, 80);
}

const isFunction = (/** @type {unknown} */ value) => typeof value === "function";
const isSnapshot = (/** @type {unknown} */ value) => ["object", "string", "function"].includes(typeof value);
// No key at all would check nothing: whoever names keys wants them checked.
const areKeys = (/** @type {unknown} */ value) => {
  const keys = [value].flat();
  return keys.length > 0 && keys.every((key) => publicKeyOf(key) !== undefined);
};
const isWhole = (/** @type {any} */ value, /** @type {number} */ least, /** @type {number} */ most) =>
  Number.isSafeInteger(value) && value >= least && value <= most;
const isRevalidation = (/** @type {unknown} */ value) => value === "blocking" || value === "background";
