// Bundles the contestants as a deployment would: one minified file each, so that a cold start reads no folder of files.
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

import { PACKAGE, ROOT } from "../../scripts/lib/paths.mjs";

const HERE = join(ROOT, "benches", "reader");
export const OUT = join(ROOT, "target", "bench");

const RUNTIMES = {
  node: { atlas: join(PACKAGE, "index.node.js"), program: join(HERE, "node-program.mjs"), conditions: ["node"], external: ["node:*"] },
  workerd: { atlas: join(PACKAGE, "workerd.js"), program: join(HERE, "worker.mjs"), conditions: ["workerd"], external: ["*.wasm"] },
};

/** How a deployment is bundled. */
export const AS_DEPLOYED = {
  outExtension: { ".js": ".mjs" },
  bundle: true,
  minify: true,
  format: "esm",
  platform: "neutral",
  mainFields: ["module", "main"],
  target: "es2023",
  define: { "process.env.NODE_ENV": '"production"' },
  logLevel: "warning",
};

/** Builds `target/bench/<runtime>/{program,atlas,hand-written}.mjs`; the program loads the other two when told to. */
export async function bundle(runtime) {
  const { atlas, program, conditions, external } = RUNTIMES[runtime];
  const out = join(OUT, runtime);
  await mkdir(out, { recursive: true });
  // What a deployment imports; a bundler leaves the rest of the package out.
  const entry = join(out, "atlas-entry.js");
  await writeFile(entry, `export { createAtlas } from ${JSON.stringify(atlas)};\n`);
  const entryPoints = { atlas: entry, "hand-written": join(HERE, "hand-written.ts"), program };
  await build({ ...AS_DEPLOYED, entryPoints, outdir: out, conditions, external: [...external, "./atlas.mjs", "./hand-written.mjs"] });
  if (runtime === "workerd") await copyFile(join(PACKAGE, "lib", "atlas_bg.wasm"), join(out, "atlas_bg.wasm"));
  return out;
}
