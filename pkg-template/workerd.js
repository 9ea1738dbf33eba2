// Cloudflare Workers: a static import of the Wasm is a module.
import { Reader, ready, reset, verifySnapshot as verify } from "./lib/glue.workerd.js";
import { define } from "./lib/atlas.js";

export const { AtlasError, KEYS, createAtlas, storedKey, verifySnapshot } = define({ Reader, ready, reset, verify });
