// How runtimes differ in what is slow, and what a cold start does about it.

/**
 * @typedef {object} Runtime
 * @property {number} hashFrom from how many bytes on WebCrypto is faster than SHA-256 in a Wasm that has just started
 * @property {number} turnsToConnect how many turns of the event loop it takes until the first read is on its way: work that is
 *   done before holds it up
 */

/** Isolates: the platform connects by itself, and has WebCrypto at hand. @type {Runtime} */
export const EDGE = { hashFrom: 16_384, turnsToConnect: 0 };

/**
 * Node, and what loads the same entry. WebCrypto is loaded when it is first used, which takes as long as 200 KB in the Wasm.
 *
 * @type {Runtime}
 */
export const NODE = { hashFrom: 131_072, turnsToConnect: 2 };
