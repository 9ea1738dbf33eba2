// The verdict of `verifySnapshot`, as Rust makes it. Nothing is imported here, and nothing may throw: it runs within the
// Wasm.

/** @import { EntryVerdict } from "../index.js" */

export const verdicts = {
  /**
   * @param {object} found
   * @param {number | null | undefined} version
   * @param {string | null | undefined} updatedAt
   * @param {string | null | undefined} checkedAt
   * @param {string | null | undefined} checksum
   */
  verdict(found, version = null, updatedAt = null, checkedAt = null, checksum = null) {
    Object.assign(found, { verified: version !== null, version, updatedAt, checkedAt, checksum });
  },

  /**
   * @param {{ entries: object[] }} found
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
  entry(found, key, status, reason, message, expected, computed, version, records, bytes) {
    found.entries.push({ key, status, reason, message, expected, computed, version, records, bytes });
  },
};
