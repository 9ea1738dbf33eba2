// Cloudflare Workers: a static import of the Wasm is a module.
import { Reader, ready, reset } from "./lib/glue.workerd.js";
import { atlasOver } from "./lib/atlas.js";
import { EDGE } from "./lib/runtime.js";
import { Wasm } from "./lib/wasm.js";

export { AtlasError, KEYS, storedKey } from "./lib/atlas.js";
export const createAtlas = atlasOver(new Wasm({ Reader, ready, reset }), EDGE);
export { verifySnapshot } from "./lib/verify.workerd.js";
