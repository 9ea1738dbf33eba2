// For Paris: adds up what Venice sends along with its requests, and gives the health block of all of Venice. It answers
// whatever it is given: a health page must not fail because of a header, or of a snapshot that nobody could read.
import { attempt } from "./lib/attempt.js";
import { clockOf } from "./lib/clock.js";
import { Monitor, ready, reset } from "./lib/glue.monitor.js";
import { Wasm } from "./lib/wasm.js";

/** @import { AtlasHealth } from "./index.js" */
/** @import { AtlasMonitorOptions, HeadersLike, KnownSnapshot, Observed } from "./monitor.js" */

/** More characters than any header that a server lets through has; a longer one is cut before it reaches the Wasm. */
const LONGEST_HEADER = 65_536;

/** More characters than a checksum or a time has. */
const LONGEST_MEMBER = 128;

const wasm = new Wasm({ ready, reset });

/** @implements {Pick<import("./monitor.js").AtlasMonitor, "observe" | "health">} */
export class AtlasMonitor {
  /** @type {Monitor | undefined} */
  #monitor;
  #generation = -1;
  #now;
  /** @type {number | undefined} */
  #maxAgeMs;

  /** @param {AtlasMonitorOptions | null} [options] */
  constructor(options) {
    const now = member(options, "now");
    const maxAgeMs = member(options, "maxAgeMs");
    this.#now = clockOf(typeof now === "function" ? now : undefined);
    this.#maxAgeMs = typeof maxAgeMs === "number" && maxAgeMs >= 1 ? maxAgeMs : undefined;
  }

  /**
   * @param {HeadersLike} headers
   * @returns {Observed}
   */
  observe(headers) {
    const [stats, hint, now] = [header(headers, "Atlas-Stats"), header(headers, "Atlas-Refresh-Hint"), this.#now()];
    return this.#ask((monitor) => monitor.observe(stats, hint, now)) ?? { stats: null, hint: null, refused: [] };
  }

  /**
   * @param {KnownSnapshot | null} [snapshot]
   * @returns {AtlasHealth}
   */
  health(snapshot) {
    const now = this.#now();
    const { version, checksum, checkedAt, lastSyncAt } = known(snapshot);
    const health = this.#ask((monitor) => monitor.health(version, checksum, checkedAt, lastSyncAt, this.#maxAgeMs, now));
    return health ?? unknown();
  }

  /**
   * Calls the monitor, and after an error once more. Nothing if that fails too.
   *
   * @template T
   * @param {(monitor: Monitor) => T} run
   */
  #ask(run) {
    try {
      return wasm.retry(() => run(this.#current()));
    } catch {
      return undefined;
    }
  }

  /** The monitor: an empty one if there is none yet, or if the instance that it lived in was dropped. */
  #current() {
    if (this.#monitor === undefined || this.#generation !== wasm.generation) {
      this.#monitor = new Monitor();
      this.#generation = wasm.generation;
    }
    return this.#monitor;
  }
}

/**
 * What is known of the snapshot: a health block, or the verdict on a store. Nothing, if it is not verified, or has no
 * version.
 *
 * @param {unknown} snapshot
 * @returns {{ version?: number, checksum?: string | undefined, checkedAt?: string | undefined, lastSyncAt?: string | undefined }}
 */
function known(snapshot) {
  const version = member(snapshot, "version");
  if (member(snapshot, "verified") === false || !Number.isSafeInteger(version) || version < 1) return {};
  const text = (/** @type {string} */ name) => {
    const value = member(snapshot, name);
    return typeof value === "string" ? value.slice(0, LONGEST_MEMBER) : undefined;
  };
  return { version, checksum: text("checksum"), checkedAt: text("checkedAt"), lastSyncAt: text("lastSyncAt") };
}

/** @returns {AtlasHealth} */
function unknown() {
  return {
    status: "error",
    version: null,
    checksum: null,
    lastSyncAt: null,
    lastSyncAgeSeconds: null,
    checkedAt: null,
    hitRate: null,
    lookups: 0,
    fallbacks: {},
  };
}

/**
 * A header of the Fetch API's `Headers`, or of an object by name, in any case: Node's are lowercase, a gateway's and those of
 * a fallback are not. One that was sent in several lines is one list (RFC 9110, section 5.3).
 *
 * @param {any} headers
 * @param {string} name
 * @returns {string | undefined}
 */
function header(headers, name) {
  try {
    const value = attempt(() => (typeof headers?.get === "function" ? headers.get(name) : headers[named(headers, name)]), () => {});
    const text = Array.isArray(value) ? value.join(", ") : value;
    // An empty list of members is not sent (RFC 9651, section 3.2), and some frameworks give "" for what was not sent.
    return typeof text === "string" && text.trim() !== "" ? text.slice(0, LONGEST_HEADER) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A header's name as an object has it.
 *
 * @param {object} headers
 * @param {string} name
 */
function named(headers, name) {
  const lowercase = name.toLowerCase();
  return Object.keys(headers).find((key) => key.toLowerCase() === lowercase) ?? lowercase;
}

/**
 * A member of whatever was given, or undefined.
 *
 * @param {any} value
 * @param {string} name
 * @returns {any}
 */
function member(value, name) {
  try {
    return value?.[name];
  } catch {
    return undefined;
  }
}
