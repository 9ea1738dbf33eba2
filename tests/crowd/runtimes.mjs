// Node and workerd, each with app.mjs and the packed package in it, and how to ask it and what memory it uses.
import { fork } from "node:child_process";
import { once } from "node:events";
import { copyFile, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { build } from "esbuild";
import { Miniflare } from "miniflare";

import { Inspector } from "./inspector.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));

/** Puts the app into a project where the package is installed. */
export async function putInto(project) {
  for (const file of ["app.mjs", "node-server.mjs"]) await copyFile(join(HERE, file), join(project, file));
}

/**
 * @typedef {{ ask(route: string, body?: object): Promise<any>, usedBytes(): Promise<number>, stop(): Promise<void> }} Runtime
 */

/** @returns {Promise<Runtime>} a Node process of its own */
export async function node(project) {
  const child = fork(join(project, "node-server.mjs"), { cwd: project, execArgv: ["--expose-gc"], env: { ...process.env, NODE_ENV: "production" } });
  const [{ port }] = await once(child, "message");
  const ended = once(child, "exit");
  const post = async (route, body) => answer(route, await fetch(`http://127.0.0.1:${port}/${route}`, { method: "POST", body: JSON.stringify(body) }));
  return {
    ask: (route, body = {}) => post(route, body),
    usedBytes: async () => {
      child.send("memory");
      const [{ used }] = await once(child, "message");
      return used;
    },
    async stop() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** @returns {Promise<Runtime>} workerd, through miniflare */
export async function workerd(project) {
  const outfile = join(project, "worker.mjs");
  const { metafile } = await build({
    entryPoints: [join(project, "app.mjs")], outfile, bundle: true, metafile: true, format: "esm", platform: "neutral", target: "es2023",
    mainFields: ["module", "main"], conditions: ["workerd"], external: ["*.wasm"], logLevel: "warning",
    absWorkingDir: project,
  });
  if (!Object.keys(metafile.inputs).some((name) => name.endsWith("atlas/workerd.js"))) throw new Error("not the package's entry for workerd");
  const worker = new Miniflare({
    host: "127.0.0.1", port: 0, inspectorHost: "127.0.0.1", inspectorPort: 0,
    compatibilityDate: "2026-04-01", compatibilityFlags: ["nodejs_compat"],
    modules: [
      { type: "ESModule", path: "worker.mjs", contents: await readFile(outfile, "utf8") },
      { type: "CompiledWasm", path: "atlas_bg.wasm", contents: await readFile(join(project, "node_modules", "@clickeen", "atlas", "lib", "atlas_bg.wasm")) },
    ],
  });
  await worker.ready;
  const inspector = await Inspector.connect(await worker.getInspectorURL());
  const ask = async (route, body = {}) =>
    answer(route, await worker.dispatchFetch(`http://worker/${route}`, { method: "POST", body: JSON.stringify(body) }));
  return {
    ask,
    usedBytes: () => inspector.usedBytes(() => ask("nothing")),
    async stop() {
      inspector.close();
      await worker.dispose();
    },
  };
}

async function answer(route, response) {
  if (!response.ok) throw new Error(`${route}: ${response.status} ${await response.text()}`);
  return response.json();
}
