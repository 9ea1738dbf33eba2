// Vercel's Edge runtime: no Wasm from bytes, only from a static import, which the bundler knows by `?module`.
import { Reader, ready, reset } from "./lib/glue.edge-light.js";
import { atlasOver } from "./lib/atlas.js";
import { EDGE } from "./lib/runtime.js";
import { Wasm } from "./lib/wasm.js";

export { AtlasError, KEYS, storedKey } from "./lib/atlas.js";
export const createAtlas = atlasOver(new Wasm({ Reader, ready, reset }), EDGE);
export { verifySnapshot } from "./lib/verify.edge-light.js";
