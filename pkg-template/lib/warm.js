// What is done ahead of the first decision: at a server's start, or while the store answers the first read.
import { elapsed, monotonic, turn } from "./clock.js";

/** @import { Glue } from "./protocol.js" */
/** @import { Wasm } from "./wasm.js" */

/**
 * Makes the instance at once, and looks something up for practice. What fails here fails again in the first call, and is told
 * there.
 *
 * @param {Wasm<Glue>} wasm
 * @param {() => Promise<unknown>} practise
 */
export async function warm(wasm, practise) {
  try {
    if (wasm.isCold) wasm.call(() => {});
    if (wasm.isPractised) return;
    wasm.isPractised = true;
    const began = monotonic();
    await practise();
    wasm.warmedMs += elapsed(began);
  } catch {
    // See above.
  }
}

/**
 * The same in pieces of a few milliseconds, each in a turn of its own: what else is under way goes on between them.
 *
 * @param {Wasm<Glue>} wasm
 * @param {number} turnsToConnect
 * @param {() => Promise<unknown>} practise
 */
export async function warmBetween(wasm, turnsToConnect, practise) {
  for (let turns = 0; turns < turnsToConnect; turns += 1) await turn();
  try {
    if (wasm.isCold) wasm.call(() => {});
    await turn();
    await warm(wasm, practise);
  } catch {
    // As above.
  }
}
