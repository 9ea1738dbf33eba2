// What `--check` makes of a run: it fails if a target was missed, and if there was none.

/**
 * Sets the exit code of this process.
 *
 * @param {boolean} isChecked Whether `--check` was given
 * @param {boolean[]} kept Whether each target was kept
 */
export function judge(isChecked, kept) {
  const code = exitCode(isChecked, kept);
  if (isChecked && kept.length === 0) console.error("--check: no target was judged");
  if (code !== 0) process.exitCode = code;
}

/** @param {boolean} isChecked @param {boolean[]} kept */
export function exitCode(isChecked, kept) {
  return isChecked && (kept.length === 0 || kept.includes(false)) ? 1 : 0;
}
