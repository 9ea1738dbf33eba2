// Runs the measurements in workerd, through miniflare. Races are timed by the worker's own clock: outside of Cloudflare's
// network it goes on during a computation, in whole milliseconds (a clock that stands still is an error). A cold start is timed from
// outside, in a fresh process, as what its request takes longer than one that does nothing.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Miniflare } from "miniflare";

import { bundle } from "./contestants.mjs";

export async function workerd() {
  const out = await bundle("workerd");
  const modules = await Promise.all([
    module("ESModule", out, "program.mjs"),
    module("ESModule", out, "atlas.mjs"),
    module("ESModule", out, "hand-written.mjs"),
    module("CompiledWasm", out, "atlas_bg.wasm"),
  ]);
  const start = () =>
    new Miniflare({ host: "127.0.0.1", port: 0, modules, compatibilityDate: "2026-04-01", compatibilityFlags: ["nodejs_compat"] });

  const fresh = async (work) => {
    const worker = start();
    try {
      return await work((path, body) => ask(worker, path, body));
    } finally {
      await worker.dispose();
    }
  };
  return {
    race: (measurement, { text }) => fresh((ask) => ask(measurement, text)),
    cold: (contestant, { text }) =>
      fresh(async (ask) => {
        await ask("given", text);
        for (let i = 0; i < 3; i += 1) await ask("nothing");
        const nothing = await timed(() => ask("nothing"));
        return (await timed(() => ask(`cold/${contestant}`))) - nothing;
      }),
  };
}

async function module(type, folder, name) {
  const path = join(folder, name);
  const contents = await readFile(path);
  return { type, path: name, contents: type === "ESModule" ? contents.toString() : contents };
}

async function ask(worker, path, body) {
  const response = await worker.dispatchFetch(`http://worker/${path}`, body === undefined ? {} : { method: "POST", body });
  if (!response.ok) throw new Error(`workerd, ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

async function timed(work) {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
