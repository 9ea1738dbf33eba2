// What a row plays on: a store of its own with a snapshot of version 2, readers on it whose clock can be moved, and the
// ways to break the store: its faults, its write API, and its end.
import { outcome } from "./outcome.mjs";

/** The time is not what most rows are about: a busy machine must not make a cold read a fallback. */
const PATIENT_MS = 5_000;

const WRITER = { authorization: "Bearer local-write", "content-type": "application/json" };

export async function openStage({ atlas, createClient, control }) {
  const store = await openStore(control);
  return new Stage(atlas, createClient, control, store);
}

class Stage {
  #createClient;
  #written = false;
  #others = [];

  constructor(atlas, createClient, control, store) {
    this.atlas = atlas;
    this.control = control;
    this.store = store;
    this.#createClient = createClient;
  }

  /** The SDK's client, which hides no outage, and does not answer from a copy where a bundler says "development". */
  client(address = this.store.url, token = "local") {
    const options = { staleIfError: false, disableDevelopmentCache: true };
    return this.#createClient(`${address}/ecfg_local?token=${token}`, options);
  }

  /** A cold reader on the store. */
  reader(options) {
    return new Reader(this.atlas, { client: this.client(), timeoutMs: PATIENT_MS, ...options });
  }

  /** A store that a row may stop. */
  async mortalStore() {
    const store = await openStore(this.control);
    this.#others.push(store);
    return store;
  }

  faults(...faults) {
    return api(this.store.url, "PUT", "/_atlas/faults", { faults });
  }

  async write(...items) {
    this.#written = true;
    await api(this.store.url, "PATCH", "/v1/edge-config/ecfg_local/items", { items });
  }

  /** What the job or a forger has published: the items by key. */
  snapshot(name) {
    return api(this.control, "GET", `/snapshots/${name}`);
  }

  /** Puts such a snapshot into the store. */
  async hold(name) {
    const items = Object.entries(await this.snapshot(name));
    await this.write(...items.map(([key, value]) => ({ operation: "upsert", key, value })));
  }

  /** What is stored under a key now. */
  async stored(key) {
    return (await api(this.store.url, "GET", `/v1/edge-config/ecfg_local/item/${key}`)).value;
  }

  /** Puts version 1 back, as Vercel's dashboard would. */
  async restoreOlder() {
    this.#written = true;
    const { backups } = await api(this.store.url, "GET", "/v1/edge-config/ecfg_local/backups");
    await api(this.store.url, "POST", `/v1/edge-config/ecfg_local/backups/${backups[0].id}/restore`);
  }

  /** How many times the store was read so far. */
  async reads() {
    return (await api(this.store.url, "GET", "/_atlas/stats")).reads.requests;
  }

  /** Makes ready for the next row: the store as it was, or if it was written to, another one. */
  async clear() {
    await Promise.all(this.#others.splice(0).map((store) => store.stop()));
    if (!this.#written) return this.faults();
    this.#written = false;
    await this.store.stop();
    this.store = await openStore(this.control);
  }

  close() {
    return Promise.all([this.store, ...this.#others].map((store) => store.stop()));
  }
}

/** A reader, its clock, and what it logged. */
class Reader {
  #ahead = 0;
  #events = [];

  constructor({ createAtlas }, options) {
    const now = () => Date.now() + this.#ahead;
    this.atlas = createAtlas({ now, log: (event) => this.#events.push(event), ...options });
  }

  /** Moves the reader's clock. */
  advance(ms) {
    this.#ahead += ms;
  }

  async lookup(request, context) {
    return this.told(await this.atlas.lookup(request, context));
  }

  peek(request) {
    return this.told(this.atlas.peek(request));
  }

  /** A decision as the table shows it, with what was logged since the last one. */
  told(decision) {
    return outcome(decision, this.#events.splice(0));
  }
}

async function openStore(control) {
  const { url } = await api(control, "POST", "/stores");
  let running = true;
  return {
    url,
    async stop() {
      if (running) await api(control, "DELETE", `/stores?url=${encodeURIComponent(url)}`);
      running = false;
    },
  };
}

async function api(address, method, path, body) {
  const response = await fetch(address + path, { method, headers: WRITER, body: body && JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text);
}
