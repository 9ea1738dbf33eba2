// Vercel's Edge runtime: no Wasm from bytes, only from a static import, which the bundler knows by `?module`.
import { Reader, ready, reset, verifySnapshot as verify } from "./lib/glue.edge-light.js";
import { define } from "./lib/atlas.js";

export const { AtlasError, KEYS, createAtlas, storedKey, verifySnapshot } = define({ Reader, ready, reset, verify });
