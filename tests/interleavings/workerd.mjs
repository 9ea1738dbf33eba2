// The explorer in workerd, through miniflare, with the packed package.
import { copyFile, readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { Miniflare } from "miniflare";

import { prepare } from "./snapshots.mjs";

const HERE = import.meta.dirname;

/** Explores in a Worker that is made in the project where the package is installed. */
export async function exploreInWorkerd({ project, target }, plan) {
  const scripts = (await readdir(HERE)).filter((name) => name.endsWith(".mjs"));
  for (const name of scripts) await copyFile(join(HERE, name), join(project, name));
  const { outputFiles: [bundled] } = await build({
    entryPoints: [join(project, "worker.mjs")], bundle: true, write: false, format: "esm", platform: "neutral", target: "es2022",
    mainFields: ["module", "main"], conditions: ["workerd"], external: ["*.wasm"], logLevel: "warning", absWorkingDir: project,
  });
  const worker = new Miniflare({
    host: "127.0.0.1", port: 0, compatibilityDate: "2026-04-01",
    modules: [
      { type: "ESModule", path: "worker.mjs", contents: bundled.text },
      ...(await Promise.all(["atlas_bg.wasm", "verify_bg.wasm"].map(async (path) => ({
        type: "CompiledWasm", path, contents: await readFile(join(target, "lib", path)),
      })))),
    ],
  });
  try {
    const response = await worker.dispatchFetch("http://worker/", { method: "POST", body: JSON.stringify({ given: prepare(), plan }) });
    if (!response.ok) throw new Error(`the Worker answered ${response.status}: ${await response.text()}`);
    return await response.json();
  } finally {
    await worker.dispose();
  }
}
