// Cold starts in workerd, through miniflare, a fresh process each. What a request takes is timed from outside, as what it takes
// longer than one that does nothing.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Miniflare } from "miniflare";

import { bundle } from "./bundles.mjs";

/** Starts a contestant: its milliseconds by what was measured. */
export async function workerd() {
  const out = await bundle("workerd");
  const names = ["program.mjs", "atlas.mjs", "lean.mjs", "hand-written.mjs"];
  const modules = await Promise.all(names.map(async (path) => ({ type: "ESModule", path, contents: await readFile(join(out, path), "utf8") })));
  modules.push({ type: "CompiledWasm", path: "atlas_bg.wasm", contents: await readFile(join(out, "atlas_bg.wasm")) });
  return async (contestant, given) => {
    const worker = new Miniflare({
      host: "127.0.0.1", port: 0, modules, compatibilityDate: "2026-04-01", compatibilityFlags: ["nodejs_compat"],
    });
    try {
      await ask(worker, "given", JSON.stringify(given));
      for (let i = 0; i < 5; i += 1) await ask(worker, "nothing");
      const nothing = await timed(() => ask(worker, "nothing"));
      const importMs = (await timed(() => ask(worker, `load/${contestant}`))) - nothing;
      const decisionMs = (await timed(() => ask(worker, `first/${contestant}`))) - nothing;
      return { importMs, wireMs: null, decisionMs };
    } finally {
      await worker.dispose();
    }
  };
}

async function ask(worker, path, body) {
  const response = await worker.dispatchFetch(`http://worker/${path}`, body === undefined ? {} : { method: "POST", body });
  const text = await response.text();
  if (!response.ok) throw new Error(`workerd, ${path}: ${response.status} ${text}`);
}

async function timed(work) {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
