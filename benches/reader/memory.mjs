// What a contestant holds once it has served: heap and external memory above what the process had before, the snapshot
// and the contestant's own code included, beside the parsed snapshot alone, each in a process that has parsed nothing
// else. V8 counts Wasm memory as external, in whole pages, used or not. Needs `--expose-gc`.
import { readFileSync } from "node:fs";
import { PerformanceObserver, constants } from "node:perf_hooks";

import { NOWHERE, inMemory, served } from "./contests.mjs";

/** After how many collections of its own V8 has dropped the code that has not run since, with a few to spare. */
const COLLECTIONS = 10;

/**
 * @param {{ itemsFile: string, requests: object[], createClient: Function }} given the items in a file, still text
 * @param {(() => Promise<Function>) | undefined} load a contestant
 * @param {(serve?: () => Promise<void>) => Promise<number>} used how what is in use is measured: `everything` or `later`
 * @returns {Promise<{ held: number, code: number, wasm: number }>} bytes; of `held`, `code` was there before anything was
 *   read, and `wasm` is the Wasm memory. Without a contestant (`load`) it is what the parsed snapshot holds.
 */
export async function memory({ itemsFile, requests, createClient }, load, used) {
  const wasm = watchWasm();
  const client = createClient(NOWHERE, { staleIfError: false });
  // What the platform loads when it is first used is nobody's: WebCrypto, and what `fetch` loads, by which the SDK reads its
  // store: zlib, the clock, timers. What that leaves behind is collected first.
  await crypto.subtle.digest("SHA-256", new Uint8Array(1));
  await (await fetch("data:application/json,1")).json();
  inMemory({});
  await used();
  const before = await used();
  const one = load && (await load())({ client, timeoutMs: 5_000 });
  // What compiles its code when it is first needed is made to do so.
  await one?.warm?.();
  const code = (await used()) - before;
  inMemory(JSON.parse(readFileSync(itemsFile, "utf8")));
  const serve = async () => {
    for (const request of one ? requests : []) served(await one.lookup(request));
  };
  await serve();
  const after = await used(serve);
  if (one) served(one.peek(requests[0]));
  return { held: after - before, code, wasm: wasm() };
}

/**
 * The least that is in use after each of many collections: some of what V8 counts comes and goes by 150 KB. A collection that is
 * forced makes no code older, so that all of a contestant's code is still there.
 */
export async function everything() {
  let least = Infinity;
  for (let i = 0; i < 40; i += 1) {
    globalThis.gc();
    await turn();
    const { heapUsed, external } = process.memoryUsage();
    least = Math.min(least, heapUsed + external);
  }
  return least;
}

/** The same once V8 has collected for a while by itself, as it does in a server that goes on serving. */
export async function later(serve = async () => {}) {
  let count = 0;
  const observer = new PerformanceObserver((list) => {
    const majors = list.getEntries().filter(({ detail }) => detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR);
    count += majors.filter(({ detail }) => (detail.flags & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) === 0).length;
  });
  observer.observe({ entryTypes: ["gc"] });
  // What dies young is not collected by these.
  let [garbage, asked] = [[], 0];
  while (count < COLLECTIONS) {
    garbage = [...garbage.slice(-20), new Array(200_000).fill(count)];
    if (asked < count) await serve();
    asked = count;
    await turn();
  }
  observer.disconnect();
  return everything();
}

function turn() {
  return new Promise((done) => setImmediate(done));
}

/** The bytes of every Wasm memory that is made from now on. */
function watchWasm() {
  const memories = [];
  WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
    construct(target, args) {
      const instance = new target(...args);
      memories.push(...Object.values(instance.exports).filter((value) => value instanceof WebAssembly.Memory));
      return instance;
    },
  });
  return () => memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
}
