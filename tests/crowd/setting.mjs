// What every test here begins with: the package installed, a local store with a whole snapshot, and each runtime.
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { ROOT, install } from "../package/installed.mjs";
import { startStore } from "../sdk/store.mjs";
import { node, putInto, workerd } from "./runtimes.mjs";

export const RUNTIMES = { node, workerd };

export async function fixture(name) {
  return JSON.parse(await readFile(join(ROOT, "tests", "fixtures", "snapshots", `${name}.json`), "utf8"));
}

/** A runtime with the package in it, and a store with this fixture's items. */
export async function setUp(name, items) {
  const installed = await install();
  await putInto(installed.project);
  const [runtime, store] = await Promise.all([RUNTIMES[name](installed.project), startStore()]);
  await store.put(items);
  return {
    ...runtime,
    store,
    /** Several lookups at once, each in a request of its own; the decisions. */
    async lookUp(request, times = 1) {
      const answers = await Promise.all(Array.from({ length: times }, () => runtime.ask("lookup", { request })));
      return answers.map(({ decision }) => decision);
    },
    async tearDown() {
      await runtime.stop();
      await store.stop();
      await installed.remove();
    },
  };
}

export function reasons(decisions) {
  return decisions.map(({ source, reason }) => (source === "atlas" ? "hit" : reason));
}
