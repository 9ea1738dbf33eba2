// What a contestant holds once it has served: heap and external memory above what the process had before, the snapshot
// and the contestant's own code included, beside the parsed snapshot alone. V8 counts Wasm memory as external, in whole
// pages, used or not. Needs `--expose-gc`.
import { readFileSync } from "node:fs";

import { NOWHERE, inMemory, served } from "./contests.mjs";

/**
 * @returns {Promise<{ parsed: number, held: number, code: number, wasm: number }>} bytes; of `held`, `code` was there
 *   before the first lookup, and `wasm` is the Wasm memory
 */
export async function memory({ file, requests, createClient }, load) {
  const wasm = watchWasm();
  const parse = () => JSON.parse(readFileSync(file, "utf8")).items;
  const client = createClient(NOWHERE, { staleIfError: false });
  parse();

  const empty = await used();
  inMemory(parse());
  const parsed = (await used()) - empty;

  inMemory({});
  const before = await used();
  const one = (await load())({ client, timeoutMs: 5_000 });
  const code = (await used()) - before;
  inMemory(parse());
  for (const request of requests) served(await one.lookup(request));
  const after = await used();
  served(one.peek(requests[0]));
  return { parsed, held: after - before, code, wasm: wasm() };
}

/** Bytes in use after a collection. */
async function used() {
  for (let i = 0; i < 4; i += 1) {
    globalThis.gc();
    await new Promise((done) => setImmediate(done));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
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
