// Node (ESM), Bun, Deno, browsers and anything unknown: the Wasm comes as base64 in a module of its own, since a path
// to a file breaks as soon as a bundler moves this one.
import { Reader, ready, reset, verifySnapshot as verify } from "./lib/glue.js";
import { define } from "./lib/atlas.js";

export const { AtlasError, KEYS, createAtlas, storedKey, verifySnapshot } = define({ Reader, ready, reset, verify });
