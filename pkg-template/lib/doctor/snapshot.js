// The snapshot in the store, judged as a lookup would judge it.
import { verifySnapshot } from "../../index.js";
import { STORED_KEYS } from "../registry.js";
import { findings, reasonOf } from "./finding.js";
import { AGAIN, within } from "./store.js";

/** @import { SnapshotVerdict } from "../../index.js" */
/** @import { Finding } from "./finding.js" */
/** @import { Client } from "./sdk.js" */

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** The default of `maxAgeMs`. */
const EXPIRES_AFTER_MS = 13 * HOUR_MS;
/** A sync runs each hour, and confirms a snapshot that has not changed after 6 hours. */
const CONFIRMED_AFTER_MS = 7 * HOUR_MS;
const MOST_AHEAD_MS = 5 * MINUTE_MS;
/** What a store may hold. */
const MOST_BYTES = 1_000_000;
const NOTABLE_BYTES = 0.8 * MOST_BYTES;

const { ok, warning, problem } = findings("snapshot");

/**
 * @param {Client} client
 * @returns {Promise<Finding[]>}
 */
export async function checkSnapshot(client) {
  try {
    const items = await within(client.getAll(/** @type {never} */ (STORED_KEYS)));
    const verdict = verifySnapshot(items);
    const failed = verdict.entries.filter(({ status }) => status === "failed");
    if (failed.length === verdict.entries.length && failed.every(({ reason }) => reason === "key_missing")) {
      return [problem("the store holds no snapshot: every lookup falls back to Paris (key_missing)", "Run atlas-sync sync, or check that this is the store it writes.")];
    }
    if (!verdict.verified) return failed.map(({ key, reason, message }) => problem(`${key} is ${reason}: ${message}`, adviceOn(reason)));
    return [...ageOf(verdict, Date.now()), ...sizeOf(verdict)];
  } catch (error) {
    return [problem(`the snapshot could not be read, so lookups fall back to Paris: ${reasonOf(error)}`, AGAIN)];
  }
}

/** @param {string | undefined} reason */
function adviceOn(reason) {
  if (reason === "unsupported_format") return "Update @clickeen/atlas: the snapshot was written in a newer format.";
  return "Run atlas-sync verify, which names what is damaged, and atlas-sync sync, which repairs it.";
}

/**
 * @param {SnapshotVerdict} verdict
 * @param {number} now
 */
function ageOf({ version, checkedAt }, now) {
  const age = now - Date.parse(checkedAt ?? "");
  const message = `version ${version} verifies; a sync confirmed it ${inWords(Math.abs(age))} ${age < 0 ? "in the future" : "ago"}`;
  if (age < -MOST_AHEAD_MS) return [problem(`${message}: lookups fall back to Paris (clock_skew)`, "Set the clocks of this machine and of the one that runs the sync.")];
  if (age > EXPIRES_AFTER_MS) return [problem(`${message}: it has expired, and lookups fall back to Paris (expired)`, "Look at the job that runs atlas-sync sync.")];
  if (age > CONFIRMED_AFTER_MS) {
    return [warning(`${message}; it expires after 13 h`, "Look at the job that runs atlas-sync sync: it should have confirmed it by now.")];
  }
  return [ok(`${message}, and it expires after 13 h`)];
}

/** @param {SnapshotVerdict} verdict */
function sizeOf({ entries }) {
  const bytes = entries.reduce((sum, entry) => sum + (entry.bytes ?? 0), 0);
  if (bytes < NOTABLE_BYTES) return [];
  return [warning(`the snapshot has ${bytes} of the ${MOST_BYTES} bytes that a store holds`, "Remove what no instance uses: a larger snapshot is not published.")];
}

/** @param {number} ms */
function inWords(ms) {
  return ms < HOUR_MS ? `${Math.round(ms / MINUTE_MS)} min` : `${(ms / HOUR_MS).toFixed(1)} h`;
}
