// What a benchmark does when it ends, however that is: finished, by an error, or by a signal that asks it to.

/** The signals that ask a program to end, and its exit codes then: 128 and the number of the signal. */
const SIGNALS = Object.entries({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 });
let handlesSignals = false;

/**
 * Does this when the process ends. It must not wait for anything.
 *
 * @param {() => void} work
 */
export function atEnd(work) {
  process.once("exit", work);
  if (handlesSignals) return;
  handlesSignals = true;
  for (const [signal, code] of SIGNALS) process.once(signal, () => process.exit(code));
}
