// The verdict of `verifySnapshot`, as Rust makes it. Nothing is imported here, and nothing may throw: it runs within the
// Wasm.

/** @import { EntryVerdict, SnapshotVerdict } from "../index.js" */

export const verdicts = {
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
    entries.push({ key, status, reason, message, expected, computed, version, records, bytes });
  },
};
