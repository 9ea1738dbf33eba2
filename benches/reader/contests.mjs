// What is timed, the same in every runtime: Atlas, the hand-written reader and the SDK itself, on one store.
//
// The store is either in memory, by the hook through which Vercel's own runtime hands it to the SDK, or a local store
// over HTTP. A refresh is made due by a clock that is set forward, and every contestant's reads are counted.
import { race } from "./race.mjs";

/** Any address that the SDK takes; with the hook nothing is ever fetched from it. */
export const NOWHERE = "https://127.0.0.1/ecfg_bench?token=none";

const HOOK = Symbol.for("privateEdgeConfig");
const MANIFEST = "atlas_v1_manifest";
const LONG_MS = 3_600_000;

/** Puts a store into memory. `reads` counts how often it was asked. */
export function inMemory(items) {
  const store = { digest: "bench", items };
  const counter = { reads: 0 };
  globalThis[HOOK] = {
    get() {
      counter.reads += 1;
      return store;
    },
  };
  return counter;
}

/** Lookups that are answered from the memo, beside the SDK's own `get` of one key from memory. */
export async function lookups({ createAtlas, createReader, createClient, items, requests, smallKey }, how) {
  const counter = inMemory(items);
  const client = createClient(NOWHERE, { staleIfError: false });
  const options = { client, refreshMs: LONG_MS, timeoutMs: 5_000 };
  const atlas = createAtlas(options);
  const reader = createReader(options);
  for (const one of [atlas, reader]) for (const request of requests) served(await one.lookup(request));
  const results = await race(
    {
      "SDK get": async (calls) => {
        for (let i = 0; i < calls; i += 1) present(await client.get(smallKey));
      },
      // What any answer costs at least that says how old it is.
      "the clock": (calls) => {
        let sum = 0;
        for (let i = 0; i < calls; i += 1) sum += Date.now();
        present(sum > 0 ? sum : undefined);
      },
      "Atlas lookup": async (calls) => {
        for (let i = 0; i < calls; i += 1) served(await atlas.lookup(requests[i % requests.length]));
      },
      "Atlas peek": (calls) => {
        for (let i = 0; i < calls; i += 1) served(atlas.peek(requests[i % requests.length]));
      },
      "hand-written lookup": async (calls) => {
        for (let i = 0; i < calls; i += 1) served(await reader.lookup(requests[i % requests.length]));
      },
      "hand-written peek": (calls) => {
        for (let i = 0; i < calls; i += 1) served(reader.peek(requests[i % requests.length]));
      },
    },
    how,
  );
  counter.reads = 0;
  for (const request of requests) served(await atlas.lookup(request));
  if (counter.reads !== 0) throw new Error("a lookup from the memo read the store");
  return results;
}

/** Refreshes that find nothing new, beside the SDK's own `get` of one small key of the same store. */
export async function refreshes({ createAtlas, createReader, createClient, items, connection, requests, smallKey, publicKey }, how) {
  const counter = connection === undefined ? inMemory(items) : { reads: 0 };
  const client = createClient(connection ?? NOWHERE, { staleIfError: false });
  const counted = connection === undefined ? client : countingReads(client, counter);
  let time = Date.now();
  const now = () => time;
  const atlas = createAtlas({ client: counted, now, refreshMs: 1, timeoutMs: 5_000 });
  const trusting = createAtlas({ client: counted, now, refreshMs: 1, timeoutMs: 5_000, publicKeys: publicKey });
  const reader = createReader({ client: counted, now, refreshMs: 1, timeoutMs: 5_000 });
  for (const one of [atlas, trusting, reader]) for (const request of requests) served(await one.lookup(request));
  const refreshing = (one) => async (calls) => {
    const before = counter.reads;
    for (let i = 0; i < calls; i += 1) {
      time += 1;
      served(await one.lookup(requests[i % requests.length]));
    }
    if (counter.reads - before !== calls) throw new Error(`${calls} refreshes read the store ${counter.reads - before} times`);
  };
  return race(
    {
      "SDK get": async (calls) => {
        for (let i = 0; i < calls; i += 1) present(await client.get(smallKey));
      },
      // What any refresh costs at least: the one read that it is made of, given up at its deadline. (The SDK has none.)
      "SDK get, deadline": async (calls) => {
        for (let i = 0; i < calls; i += 1) present(await within(5_000, client.get(MANIFEST)));
      },
      "Atlas refresh": refreshing(atlas),
      "Atlas refresh, signed": refreshing(trusting),
      "hand-written refresh": refreshing(reader),
    },
    how,
  );
}

/** Refreshes that find another manifest each time, by a reader that verifies signatures and by one that does not. */
export async function manifests({ createAtlas, items, heartbeats, requests, publicKey }, how) {
  let time = Date.now();
  let turn = 0;
  const manifest = () => heartbeats[turn % heartbeats.length];
  const client = {
    getAll: async (keys) => Object.fromEntries(keys.map((key) => [key, key === MANIFEST ? manifest() : items[key]])),
    get: async () => manifest(),
  };
  const adopting = (options) => {
    const atlas = createAtlas({ client, now: () => time, refreshMs: 1, timeoutMs: 5_000, ...options });
    return async (calls) => {
      for (let i = 0; i < calls; i += 1) {
        [time, turn] = [time + 1, turn + 1];
        served(await atlas.lookup(requests[i % requests.length]));
      }
    };
  };
  return race({ unsigned: adopting({}), signed: adopting({ publicKeys: publicKey }) }, how);
}

function within(ms, promise) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("too late")), ms);
    const settled = (settle) => (value) => {
      clearTimeout(timer);
      settle(value);
    };
    promise.then(settled(resolve), settled(reject));
  });
}

function countingReads(client, counter) {
  return {
    getAll(keys) {
      counter.reads += 1;
      return client.getAll(keys);
    },
    get(key) {
      counter.reads += 1;
      return client.get(key);
    },
  };
}

/** A contestant that gives no hit is no contestant. */
export function served(decision) {
  if (decision?.source !== "atlas" || decision.warnings.length > 0) throw new Error(`no hit: ${JSON.stringify(decision)}`);
}

function present(value) {
  if (value === undefined) throw new Error("the SDK gave nothing");
}
