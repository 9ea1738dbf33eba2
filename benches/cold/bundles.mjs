// Each contestant in one file, as a deployment ships it; in Node Atlas is the package as npm installs it.
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

import { PACKAGE, ROOT } from "../../scripts/lib/paths.mjs";
import { AS_DEPLOYED } from "../reader/contestants.mjs";

const HERE = join(ROOT, "benches", "cold");

/** Builds into `target/bench/cold/RUNTIME`, and returns that folder. */
export async function bundle(runtime) {
  const out = join(ROOT, "target", "bench", "cold", runtime);
  await mkdir(out, { recursive: true });
  const isWorker = runtime === "workerd";
  const atlas = join(out, "atlas-entry.js");
  await writeFile(atlas, `export { createAtlas } from ${JSON.stringify(join(PACKAGE, "workerd.js"))};\n`);
  await build({
    ...AS_DEPLOYED,
    entryPoints: {
      program: join(HERE, isWorker ? "worker.mjs" : "node-program.mjs"),
      lean: join(HERE, "lean.mjs"),
      "hand-written": join(ROOT, "benches", "reader", "hand-written.ts"),
      ...(isWorker && { atlas }),
    },
    outdir: out,
    conditions: [runtime],
    external: ["node:*", "*.wasm", "./atlas.mjs", "./lean.mjs", "./hand-written.mjs"],
  });
  if (isWorker) await copyFile(join(PACKAGE, "lib", "atlas_bg.wasm"), join(out, "atlas_bg.wasm"));
  return out;
}
