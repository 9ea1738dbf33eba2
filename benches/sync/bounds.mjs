// What a sync is held to, beside psql's copy of the same rows in the same run.

/** A whole run of `sync`, start of the process included, in times of psql's. */
export const MOST_TIMES_PSQL = 2.5;
/** Its greatest resident memory, in MB of 1,048,576 bytes. */
export const MOST_MB = 64;

/**
 * Whether each of the syncs keeps the bounds: a line for each that does not.
 *
 * @param {number} psqlMs
 * @param {{ name: string, ms: number, peakKb: number }[]} syncs
 * @returns {string[]}
 */
export function missed(psqlMs, syncs) {
  return syncs.flatMap(({ name, ms, peakKb }) => [
    ...(ms > 0 && psqlMs > 0 ? [] : [`${name}: expected a time beside psql's, found ${ms.toFixed(1)} ms beside ${psqlMs.toFixed(1)} ms`]),
    ...(ms <= MOST_TIMES_PSQL * psqlMs ? [] : [`${name}: expected at most ${MOST_TIMES_PSQL} times psql, found ${(ms / psqlMs).toFixed(2)}`]),
    // A memory of 0 was not seen.
    ...(peakKb > 0 && peakKb <= MOST_MB * 1024 ? [] : [`${name}: expected at most ${MOST_MB} MB, found ${(peakKb / 1024).toFixed(1)}`]),
  ]);
}
