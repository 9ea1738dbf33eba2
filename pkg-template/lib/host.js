// The objects that Rust makes: it calls these with what it has decided. Nothing is imported here, and nothing may throw:
// it runs within the Wasm.

/** @import { AtlasLogEvent, AtlasWarning, EntryVerdict, SnapshotVerdict } from "../index.js" */
/** @import { Health, Hit, Miss, Read } from "./protocol.js" */
/** @import { Item } from "./items.js" */

export const host = {
  /**
   * @param {number} version
   * @param {string} updatedAt
   * @param {number} checkedAt
   * @param {Item} schemas
   * @param {Item | undefined} templates
   * @param {Item | undefined} plans
   * @param {number} until
   * @param {AtlasWarning["code"] | undefined} code
   * @param {string} message
   * @returns {Hit}
   */
  hit(version, updatedAt, checkedAt, schemas, templates, plans, until, code, message) {
    const warning = code === undefined ? undefined : { code, message };
    return { kind: "hit", version, updatedAt, checkedAt, schemas, templates, plans, until, warning };
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
   * @param {object[]} events
   * @param {AtlasLogEvent["event"]} event
   * @param {AtlasLogEvent["level"]} level
   * @param {AtlasLogEvent["reason"]} reason
   * @param {AtlasLogEvent["key"]} key
   * @param {number | undefined} version
   * @param {number} suppressed
   * @param {string | undefined} message
   */
  event(events, event, level, reason, key, version, suppressed, message) {
    events.push(present({ event, level, reason, key, version, suppressed, message }));
  },

  /**
   * @param {Health["status"]} status
   * @param {number | null} [version]
   * @param {string | null} [checksum]
   * @param {string | null} [lastSyncAt]
   * @param {number | null} [lastSyncAgeSeconds]
   * @param {string | null} [checkedAt]
   * @returns {Health}
   */
  health(status, version = null, checksum = null, lastSyncAt = null, lastSyncAgeSeconds = null, checkedAt = null) {
    return { status, version, checksum, lastSyncAt, lastSyncAgeSeconds, checkedAt };
  },

  /**
   * @param {number | null | undefined} version
   * @param {string | null | undefined} updatedAt
   * @param {string | null | undefined} checkedAt
   * @param {string | null | undefined} checksum
   * @param {EntryVerdict[]} entries
   * @returns {SnapshotVerdict}
   */
  verdict(version = null, updatedAt = null, checkedAt = null, checksum = null, entries) {
    return { verified: version !== null, version, updatedAt, checkedAt, checksum, entries };
  },

  /**
   * @param {object[]} entries
   * @param {EntryVerdict["key"]} key
   * @param {EntryVerdict["status"]} status
   * @param {EntryVerdict["reason"]} reason
   * @param {string | undefined} message
   * @param {string | undefined} expected
   * @param {string | undefined} computed
   * @param {number | undefined} version
   * @param {number | undefined} records
   * @param {number | undefined} bytes
   */
  entry(entries, key, status, reason, message, expected, computed, version, records, bytes) {
    entries.push(present({ key, status, reason, message, expected, computed, version, records, bytes }));
  },
};

/**
 * The members that are not undefined.
 *
 * @template {object} T
 * @param {T} members
 * @returns {{ [Name in keyof T]: Exclude<T[Name], undefined> }}
 */
function present(members) {
  const known = Object.entries(members).filter(([, value]) => value !== undefined);
  return /** @type {any} */ (Object.fromEntries(known));
}
