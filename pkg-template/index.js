// Browsers and anything unknown: the Wasm comes as base64 in a module of its own, since a path to a file breaks as soon as a
// bundler moves this one. For Node, Bun and Deno the build makes one file of it, with the Wasm compressed.
import { Reader, ready, reset, verifySnapshot as verify } from "./lib/glue.js";
import { atlasOver } from "./lib/atlas.js";
import { NODE } from "./lib/runtime.js";
import { verifier } from "./lib/verify.js";
import { Wasm } from "./lib/wasm.js";

const wasm = new Wasm({ Reader, ready, reset, verify });

export { AtlasError, KEYS, storedKey } from "./lib/atlas.js";
export const createAtlas = atlasOver(wasm, NODE);
export const verifySnapshot = verifier(wasm);
