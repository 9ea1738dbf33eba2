// What wrangler built, as miniflare takes it.
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

/** The modules that wrangler would upload: the bundled Worker first, and the Wasm that it imports. */
export async function uploadedFrom(folder) {
  const names = (await readdir(folder)).filter((name) => /\.(js|wasm)$/.test(name)).sort((a) => (a === "worker.js" ? -1 : 1));
  return Promise.all(
    names.map(async (path) => {
      const contents = await readFile(join(folder, path));
      return { type: path.endsWith(".wasm") ? "CompiledWasm" : "ESModule", path, contents };
    }),
  );
}
