// Makes the objects of what Rust decides, and keeps them and its log events until its call has ended. Rust calls these functions
// in the middle of its work, so nothing is imported here, and nothing may throw.

/** @import { AtlasLogEvent, AtlasWarning } from "../index.js" */
/** @import { Health, Hit, Made, Miss } from "./protocol.js" */
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

/**
 * What the present call has made.
 *
 * @type {Made | undefined}
 */
let made;

/** What the last call has made, if anything. */
export function takeMade() {
  const taken = made;
  made = undefined;
  return taken;
}

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
   * @param {number} dueAt
   * @param {number} expiresAt
   * @param {Item | undefined} manifest
   * @param {number} number
   * @param {number} refreshMs
   * @param {boolean} embedded
   * @param {AtlasWarning["code"] | undefined} code
   * @param {string} message
   */
  hit(version, updated, checkedAt, schemas, templates, plans, dueAt, expiresAt, manifest, number, refreshMs, embedded, code, message) {
    const updatedAt = new Date(updated).toISOString();
    const warning = code === undefined ? undefined : { code, message };
    const standing = { dueAt, expiresAt, manifest, number, refreshMs };
    made = { kind: "hit", version, updatedAt, checkedAt, schemas, templates, plans, standing, embedded, warning };
  },

  /**
   * @param {Miss["reason"]} reason
   * @param {string | undefined} refreshHint
   */
  miss(reason, refreshHint) {
    made = { kind: "miss", reason, refreshHint };
  },

  /**
   * A hit that was made before is the answer that the read runs behind.
   *
   * @param {number} number
   * @param {number} attempt
   * @param {number} startedAt
   * @param {number} entries
   */
  read(number, attempt, startedAt, entries) {
    made = { kind: "read", ticket: [number, attempt, startedAt, entries], hit: /** @type {Hit | undefined} */ (made) };
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
   */
  health(status, version = null, checksum = null, checkedAt, now = 0) {
    const at = checkedAt === undefined ? null : new Date(checkedAt).toISOString();
    const lastSyncAgeSeconds = checkedAt === undefined ? null : Math.max(0, Math.floor((now - checkedAt) / 1_000));
    made = { status, version, checksum, lastSyncAt: at, lastSyncAgeSeconds, checkedAt: at };
  },
};

/**
 * What the health block says where nothing is known of a snapshot.
 *
 * @returns {Health}
 */
export function nothingKnown() {
  host.health("error");
  return /** @type {Health} */ (takeMade());
}
