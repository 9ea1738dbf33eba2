// Each contestant in one file, as a deployment ships it; in Node Atlas is the package as npm installs it.
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

import { PACKAGE, ROOT } from "../../scripts/lib/paths.mjs";
import { AS_DEPLOYED } from "../reader/contestants.mjs";

const HERE = join(ROOT, "benches", "cold");

/** The entry of the package, the program, and how both are written, by what each runtime is called in the package's `exports`. */
const RUNTIMES = {
  node: { program: "node-program.mjs" },
  workerd: { entry: "workerd.js", program: "worker.mjs" },
  // A script, whose exports are one global, and whose Wasm is another.
  "edge-light": { entry: "edge-light.js", program: "edge-vm-script.mjs", how: { format: "iife", globalName: "loaded", outExtension: {}, plugins: [compiledOutside()] } },
};

/** Builds into `target/bench/cold/RUNTIME`, and returns that folder. */
export async function bundle(runtime) {
  const { entry, program, how } = RUNTIMES[runtime];
  const out = join(ROOT, "target", "bench", "cold", runtime);
  await mkdir(out, { recursive: true });
  const atlas = join(out, "atlas-entry.js");
  await writeFile(atlas, `export { createAtlas } from ${JSON.stringify(join(PACKAGE, entry ?? ""))};\n`);
  await build({
    ...AS_DEPLOYED,
    entryPoints: {
      program: join(HERE, program),
      lean: join(HERE, "lean.mjs"),
      "hand-written": join(ROOT, "benches", "reader", "hand-written.ts"),
      ...(entry && { atlas }),
    },
    outdir: out,
    conditions: [runtime],
    external: ["node:*", "*.wasm", "./atlas.mjs", "./lean.mjs", "./hand-written.mjs"],
    ...how,
  });
  if (entry) await copyFile(join(PACKAGE, "lib", "atlas_bg.wasm"), join(out, "atlas_bg.wasm"));
  return out;
}

/** Vercel compiles what is imported with `?module` when it deploys. */
function compiledOutside() {
  return {
    name: "compiled-outside",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /\.wasm\?module$/ }, ({ path }) => ({ path, namespace: "wasm" }));
      onLoad({ filter: /./, namespace: "wasm" }, () => ({ contents: "export default globalThis.atlasWasm;" }));
    },
  };
}
