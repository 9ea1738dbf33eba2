// For Paris: adds up what Venice sends along with its requests, and gives the health block of all of Venice. Whatever it
// is given, it answers: a health page must not fail because of a header, or of a snapshot that nobody could read.
import * as glue from "./lib/glue.monitor.js";

/** More characters than any header has that a server lets through; what is longer is not handed to the Wasm whole. */
const LONGEST_HEADER = 65_536;

/** More characters than a checksum or a time has. */
const LONGEST_MEMBER = 128;

/** Counts the instances of the Wasm: after a trap there is a new one, and the monitors of the old one are lost. */
let generation = 0;

export class AtlasMonitor {
  #monitor;
  #generation = -1;
  #now;
  #maxAgeMs;

  constructor(options) {
    const now = member(options, "now");
    const maxAgeMs = member(options, "maxAgeMs");
    this.#now = typeof now === "function" ? now : () => Date.now();
    this.#maxAgeMs = typeof maxAgeMs === "number" && maxAgeMs >= 1 ? maxAgeMs : undefined;
  }

  observe(headers) {
    const [stats, hint, now] = [header(headers, "Atlas-Stats"), header(headers, "Atlas-Refresh-Hint"), this.#time()];
    return this.#ask((monitor) => monitor.observe(stats, hint, now)) ?? { stats: null, hint: null, refused: [] };
  }

  health(snapshot) {
    const now = this.#time();
    const known = standing(snapshot);
    return this.#ask((monitor) => monitor.health(...known, this.#maxAgeMs, now)) ?? unknown();
  }

  /** Runs an export; after a trap once more, on a new instance. Nothing if that fails too. */
  #ask(run) {
    return this.#attempt(run) ?? this.#attempt(run);
  }

  #attempt(run) {
    try {
      if (this.#generation !== generation) {
        glue.ready();
        this.#monitor = new glue.Monitor();
        this.#generation = generation;
      }
      return run(this.#monitor);
    } catch {
      renew();
      return undefined;
    }
  }

  /** The time, in milliseconds; the platform's where the caller's clock gives none. */
  #time() {
    try {
      const now = this.#now();
      if (Number.isFinite(now)) return now;
    } catch {
      // As one that gives no number.
    }
    return Date.now();
  }
}

function renew() {
  generation += 1;
  try {
    glue.__wbg_reset_state();
  } catch {
    // Where no instance can be made, the answers are those of a monitor that knows nothing.
  }
}

/**
 * What is known of the snapshot, as the Wasm takes it: a health block, or the verdict on a store. A snapshot that is not
 * verified, or of which anything is not what it should be, is none.
 */
function standing(snapshot) {
  const version = member(snapshot, "version");
  const text = (name) => {
    const value = member(snapshot, name);
    return typeof value === "string" ? value.slice(0, LONGEST_MEMBER) : undefined;
  };
  if (member(snapshot, "verified") === false || !Number.isSafeInteger(version) || version < 1) return Array(4).fill(undefined);
  return [version, text("checksum"), text("checkedAt"), text("lastSyncAt")];
}

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

/** A header of the Fetch API's `Headers`, or of Node's object of lowercase names. One that was sent in several lines is
 * one list (RFC 9110, section 5.3). */
function header(headers, name) {
  try {
    const value = typeof headers?.get === "function" ? headers.get(name) : headers?.[name.toLowerCase()];
    const text = Array.isArray(value) ? value.join(", ") : value;
    return typeof text === "string" ? text.slice(0, LONGEST_HEADER) : undefined;
  } catch {
    return undefined;
  }
}

/** A member of whatever was given, or undefined. */
function member(value, name) {
  try {
    return value?.[name];
  } catch {
    return undefined;
  }
}
