// One line for each step of a longer job, with its time; and at once a line for a step that takes longer.
import { printer } from "./screen.mjs";

/** A step that takes longer than this says that it has begun. */
const PATIENCE_MS = 1_000;

/**
 * Does one step. What `work` returns, if it is text, stands in the line: "already there", "unchanged".
 *
 * @template T
 * @param {string} name
 * @param {() => Promise<T> | T} work
 * @returns {Promise<T>}
 */
export async function step(name, work) {
  const started = performance.now();
  const print = printer();
  const timer = setTimeout(() => print(`  … ${name}`), PATIENCE_MS);
  try {
    const result = await work();
    print(`  ✓ ${name}${typeof result === "string" ? `: ${result}` : ""} (${seconds(performance.now() - started)})`);
    return result;
  } catch (error) {
    print(`  ✗ ${name} (${seconds(performance.now() - started)})`);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** `1.2 s`, `3 min 20 s`. */
export function seconds(ms) {
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`;
  const whole = Math.round(ms / 1_000);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
