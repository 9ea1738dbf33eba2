// What is done ahead of the first decision: at a server's start, or while the store answers the first read.
import { elapsed, monotonic } from "./clock.js";
import { practise } from "./practice.js";

/** @import { Glue } from "./protocol.js" */
/** @import { Wasm } from "./wasm.js" */

/** How many turns of the event loop a runtime gets to connect to the store. A piece of this work would hold it up. */
const TURNS_TO_CONNECT = 2;

/**
 * Makes the instance, and has it verify something. What fails here fails again in the first call, and is told there.
 *
 * @param {Wasm<Glue>} wasm
 */
export function warm(wasm) {
  try {
    if (wasm.isCold) wasm.call(() => {});
    const began = monotonic();
    if (!wasm.isPractised) wasm.call(practise);
    wasm.isPractised = true;
    wasm.warmedMs += elapsed(began);
  } catch {
    // See above.
  }
}

/**
 * The same in pieces of a few milliseconds, each in a turn of its own: what else is under way goes on between them.
 *
 * @param {Wasm<Glue>} wasm
 */
export async function warmBetween(wasm) {
  for (let turns = 0; turns < TURNS_TO_CONNECT; turns += 1) await turn();
  try {
    if (wasm.isCold) wasm.call(() => {});
    await turn();
    warm(wasm);
  } catch {
    // As above.
  }
}

/** A turn of the event loop. */
function turn() {
  return new Promise((done) => setTimeout(done));
}
