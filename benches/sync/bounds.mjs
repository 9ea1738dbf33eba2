// What a sync is held to, beside the plain Node script that publishes the same rows in the same run. Not beside psql: what a
// sync does more than a copy (the store, the checks, the canonical form) takes longer on a slow processor, and the server's part
// does not.

/** A whole run of `sync`, start of the process included, in times of the script's. */
export const MOST_OF_SCRIPT = 0.5;
/** Its greatest resident memory, in MB of 1,048,576 bytes. */
export const MOST_MB = 64;

/**
 * Whether each of the syncs keeps the bounds: a line for each that does not.
 *
 * @param {number} scriptMs
 * @param {{ name: string, ms: number, peakKb: number }[]} syncs
 * @returns {string[]}
 */
export function missed(scriptMs, syncs) {
  return syncs.flatMap(({ name, ms, peakKb }) => [
    ...(ms > 0 && scriptMs > 0 ? [] : [`${name}: expected a time beside the script's, found ${ms.toFixed(1)} ms beside ${scriptMs.toFixed(1)} ms`]),
    ...(ms <= MOST_OF_SCRIPT * scriptMs ? [] : [`${name}: expected at most ${MOST_OF_SCRIPT} of the script's time, found ${(ms / scriptMs).toFixed(3)}`]),
    // A memory of 0 was not seen.
    ...(peakKb > 0 && peakKb <= MOST_MB * 1024 ? [] : [`${name}: expected at most ${MOST_MB} MB, found ${(peakKb / 1024).toFixed(1)}`]),
  ]);
}
