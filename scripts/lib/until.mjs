// Waits for a condition by asking again, with a deadline: never a fixed sleep.
const PAUSE_MS = 25;

/**
 * Asks `check` again and again until it gives something, and gives that.
 *
 * @template T
 * @param {string} what What is waited for, for the error.
 * @param {() => Promise<T | undefined | null | false> | T | undefined | null | false} check
 * @param {number} [deadlineMs]
 * @returns {Promise<T>}
 */
export async function until(what, check, deadlineMs = 20_000) {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const found = await check();
    if (found !== undefined && found !== null && found !== false) return found;
    if (performance.now() > end) throw new Error(`no ${what} within ${deadlineMs} ms`);
    await new Promise((done) => setTimeout(done, PAUSE_MS));
  }
}
