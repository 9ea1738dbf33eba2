// The store: whether it answers, how its clock stands to this machine's, and how long a read takes.
import { STORED_KEYS } from "../registry.js";
import { findings, reasonOf } from "./finding.js";

/** @import { Connection } from "./connection.js" */
/** @import { Finding } from "./finding.js" */
/** @import { Client } from "./sdk.js" */

/** How long a read may take here. A lookup does not wait that long. */
const PATIENCE_MS = 5_000;
/** The default of `timeoutMs`. */
const LOOKUP_WAITS_MS = 50;
const READS = 11;
/** The reader takes a snapshot from further in the future for `clock_skew`. */
const MOST_SKEW_MS = 300_000;
const NOTABLE_SKEW_MS = 30_000;

export const AGAIN = "Try again; if it stays so, look at Vercel's status page.";

/**
 * Asks the store for its digest, as the SDK would.
 *
 * @param {Connection} connection
 * @returns {Promise<{ answered: boolean, found: Finding[] }>}
 */
export async function checkStore({ baseUrl, token }) {
  const { ok, problem } = findings("store");
  const host = new URL(baseUrl).host;
  try {
    const response = await fetch(`${baseUrl}/digest?version=1`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    await response.arrayBuffer();
    const advice = ADVICE[response.status];
    if (advice) return { answered: false, found: [problem(advice.message, advice.advice)] };
    if (!response.ok) {
      const message = `${host} answered ${response.status}: lookups fall back to Paris (unavailable)`;
      return { answered: false, found: [problem(message, AGAIN)] };
    }
    return { answered: true, found: [ok(`${host} answers`), checkClock(response.headers.get("date"), Date.now())] };
  } catch (error) {
    const isLate = error instanceof Error && error.name === "TimeoutError";
    const what = isLate ? `did not answer within ${PATIENCE_MS / 1_000} s` : `cannot be reached: ${reasonOf(error)}`;
    const advice = "Check the host of ATLAS_EDGE_CONFIG, and what stands between this machine and it (proxy, firewall).";
    return { answered: false, found: [problem(`${host} ${what}`, advice)] };
  }
}

/** @type {{ [status: number]: { message: string, advice: string } }} */
const ADVICE = {
  401: {
    message: "the store refuses the token (401): lookups fall back to Paris (unavailable)",
    advice: "Copy the connection string again: the token was mistyped or deleted, or it is of another store.",
  },
  404: {
    message: "there is no such store (404): lookups fall back to Paris (unavailable)",
    advice: "Copy the connection string again: the store was deleted, or its id was mistyped.",
  },
  429: {
    message: "the store answers too many requests (429): lookups fall back to Paris (unavailable)",
    advice: "Wait a minute. If it stays so, look at the usage of the team in Vercel.",
  },
};

/**
 * @param {string | null} date
 * @param {number} now
 */
function checkClock(date, now) {
  const { ok, warning, problem, skipped } = findings("clock");
  const there = Date.parse(date ?? "");
  if (Number.isNaN(there)) return skipped("the store's answer has no Date");
  const ahead = now - there;
  const seconds = Math.round(Math.abs(ahead) / 1_000);
  const message = `this machine's clock is ${seconds} s ${ahead < 0 ? "behind" : "ahead of"} the store's`;
  const advice = "Set the clock, or start the service that does (NTP).";
  if (Math.abs(ahead) > MOST_SKEW_MS) return problem(`${message}: a snapshot can seem to be from the future (clock_skew), or expire early or late`, advice);
  if (Math.abs(ahead) > NOTABLE_SKEW_MS) return warning(message, advice);
  // A `Date` has whole seconds, and is older by the time that the answer took.
  return ok("this machine's clock agrees with the store's");
}

/**
 * Reads the manifest several times, one after the other. The first read opens the connection.
 *
 * @param {Client} client
 */
export async function checkLatency(client) {
  const { ok, warning, problem } = findings("latency");
  const [manifest = ""] = STORED_KEYS;
  const times = [];
  try {
    for (let count = 0; count < READS; count += 1) {
      const began = performance.now();
      await within(client.get(manifest));
      times.push(performance.now() - began);
    }
  } catch (error) {
    return problem(`the SDK could not read the manifest, so lookups fall back to Paris: ${reasonOf(error)}`, AGAIN);
  }
  const [first = 0, ...rest] = times;
  const median = rest.sort((a, b) => a - b)[Math.floor(rest.length / 2)] ?? first;
  const message = `a read takes ${median.toFixed(1)} ms (the first one, ${first.toFixed(1)} ms)`;
  if (median <= LOOKUP_WAITS_MS) return ok(`${message}; a lookup waits ${LOOKUP_WAITS_MS} ms for it`);
  return warning(
    `${message}, more than the ${LOOKUP_WAITS_MS} ms that a lookup waits: those that read the store fall back to Paris (timeout)`,
    'Measure where Venice runs: from elsewhere it takes longer. If it is slow there too, use revalidate: "background".',
  );
}

/**
 * The SDK has no time-out of its own.
 *
 * @template T
 * @param {Promise<T>} read
 * @returns {Promise<T>}
 */
export function within(read) {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error(`the store did not answer within ${PATIENCE_MS / 1_000} s`));
    const timer = setTimeout(late, PATIENCE_MS);
    read.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
