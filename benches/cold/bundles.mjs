// Each contestant in one file, as a deployment ships it; in Node Atlas is the package as npm installs it.
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

import { PACKAGE, ROOT } from "../../scripts/lib/paths.mjs";

const HERE = join(ROOT, "benches", "cold");

/** Builds into `target/bench/cold/RUNTIME`, and returns that folder. */
export async function bundle(runtime) {
  const out = join(ROOT, "target", "bench", "cold", runtime);
  await mkdir(out, { recursive: true });
  const isWorker = runtime === "workerd";
  const atlas = join(out, "atlas-entry.js");
  await writeFile(atlas, `export { createAtlas } from ${JSON.stringify(join(PACKAGE, "workerd.js"))};\n`);
  await build({
    entryPoints: {
      program: join(HERE, isWorker ? "worker.mjs" : "node-program.mjs"),
      lean: join(HERE, "lean.mjs"),
      "hand-written": join(ROOT, "benches", "reader", "hand-written.ts"),
      ...(isWorker && { atlas }),
    },
    outdir: out,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2023",
    conditions: [runtime],
    external: ["node:*", "*.wasm", "./atlas.mjs", "./lean.mjs", "./hand-written.mjs"],
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "warning",
  });
  if (isWorker) await copyFile(join(PACKAGE, "lib", "atlas_bg.wasm"), join(out, "atlas_bg.wasm"));
  return out;
}
