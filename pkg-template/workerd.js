// Cloudflare Workers: a static import of the Wasm is a module.
import * as glue from "./lib/glue.workerd.js";
import { define } from "./lib/atlas.js";

export const { AtlasError, KEYS, createAtlas, storedKey, verifySnapshot } = define(glue);
