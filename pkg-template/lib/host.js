// Makes the objects in which Rust returns its decisions, and collects its log events. Rust calls these functions in the middle of
// its work, so nothing is imported here, and nothing may throw.

/** @import { AtlasLogEvent, AtlasWarning } from "../index.js" */
/** @import { Health, Hit, Miss, Read } from "./protocol.js" */
/** @import { Item } from "./items.js" */

/** @typedef {Omit<AtlasLogEvent, "elapsedMs">} Event as Rust records it */

/** @type {readonly Event[]} */
const NONE = Object.freeze([]);

/**
 * The events of the present call.
 *
 * @type {Event[]}
 */
let events = [];

/** The log events since this was last called, the oldest first. */
export function takeEvents() {
  if (events.length === 0) return NONE;
  const taken = events;
  events = [];
  return taken;
}

export const host = {
  /**
   * A time that Rust gives is one that it has parsed, of the years 1970 to 9999.
   *
   * @param {number} version
   * @param {number} updated
   * @param {number} checkedAt
   * @param {Item} schemas
   * @param {Item | undefined} templates
   * @param {Item | undefined} plans
   * @param {number} until
   * @param {boolean} embedded
   * @param {AtlasWarning["code"] | undefined} code
   * @param {string} message
   * @returns {Hit}
   */
  hit(version, updated, checkedAt, schemas, templates, plans, until, embedded, code, message) {
    const updatedAt = new Date(updated).toISOString();
    const warning = code === undefined ? undefined : { code, message };
    return { kind: "hit", version, updatedAt, checkedAt, schemas, templates, plans, until, embedded, warning };
  },

  /**
   * @param {Miss["reason"]} reason
   * @param {string | undefined} refreshHint
   * @returns {Miss}
   */
  miss(reason, refreshHint) {
    return { kind: "miss", reason, refreshHint };
  },

  /**
   * @param {number} number
   * @param {number} attempt
   * @param {number} startedAt
   * @param {number} entries
   * @param {Hit | undefined} hit
   * @returns {Read}
   */
  read(number, attempt, startedAt, entries, hit) {
    return { kind: "read", ticket: [number, attempt, startedAt, entries], hit };
  },

  /**
   * @param {Event["event"]} event
   * @param {Event["level"]} level
   * @param {Event["reason"]} reason
   * @param {Event["key"]} key
   * @param {number | undefined} version
   * @param {number} suppressed
   * @param {string | undefined} message
   */
  event(event, level, reason, key, version, suppressed, message) {
    // What is undefined here is left out when it is logged.
    events.push(/** @type {any} */ ({ event, level, reason, key, version, suppressed, message }));
  },

  /**
   * @param {Health["status"]} status
   * @param {number | null} [version]
   * @param {string | null} [checksum]
   * @param {number} [checkedAt]
   * @param {number} [now]
   * @returns {Health}
   */
  health(status, version = null, checksum = null, checkedAt, now = 0) {
    if (checkedAt === undefined) return { status, version, checksum, lastSyncAt: null, lastSyncAgeSeconds: null, checkedAt: null };
    const at = new Date(checkedAt).toISOString();
    const lastSyncAgeSeconds = Math.max(0, Math.floor((now - checkedAt) / 1_000));
    return { status, version, checksum, lastSyncAt: at, lastSyncAgeSeconds, checkedAt: at };
  },
};
