// A store, the job, and the readers that are deployed, each of the packed package with the real SDK: whatever the job or a
// thief does, every reader is asked all the time, and remembers each time that it fell back.
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { ATLAS_SYNC, MICHAEL, environment } from "../../scripts/lib/paths.mjs";
import { freePort } from "../../scripts/lib/ports.mjs";
import { attempt, run } from "../../scripts/lib/run.mjs";
import { connectionString, startStore } from "../../scripts/lib/servers.mjs";
import { until } from "../../scripts/lib/until.mjs";
import { install } from "./installed.mjs";

const FAQ = { widgetType: "content.faq", templateId: "faq-classic-light", schemaVersion: "2025-09-01", plan: "paid" };

/** Between two lookups of a reader, in milliseconds. */
const PAUSE_MS = 20;

/** Rounds that a step is watched for. */
const ROUNDS = 3;

/** The package and the SDK, installed once for all tests. */
export async function installed() {
  const { project, remove } = await install();
  const module = (...path) => import(pathToFileURL(join(project, "node_modules", ...path)).href);
  const { createAtlas } = await module("@clickeen", "atlas", "index.js");
  const { createClient } = await module("@vercel", "edge-config", "dist", "index.js");
  return { createAtlas, createClient, remove };
}

export class World {
  /** What is deployed: `old`, `old+new` or `new`, by the public keys that it has. */
  #deployed = new Map();
  #all = [];

  static async start(packages) {
    const folder = await mkdtemp(join(tmpdir(), "atlas-rotation-"));
    const world = new World(folder, packages);
    await cp(MICHAEL, world.rows, { recursive: true });
    for (const name of ["old", "new"]) await world.#newKey(name);
    world.store = await startStore({ port: await freePort(), state: world.state });
    return world;
  }

  constructor(folder, packages) {
    this.folder = folder;
    this.packages = packages;
    this.rows = join(folder, "rows");
    this.state = join(folder, "store.json");
    this.publicKeys = {};
    this.ids = {};
  }

  async end() {
    await Promise.all(this.#all.map((generation) => generation.retire()));
    await this.store.stop();
    await rm(this.folder, { recursive: true });
  }

  async #newKey(name) {
    await run(ATLAS_SYNC, ["keys", "new", "--out", this.#keyFile(name)]);
    const [{ id, publicKey }] = JSON.parse(await run(ATLAS_SYNC, ["keys", "show", "--json", this.#keyFile(name)])).keys;
    this.publicKeys[name] = publicKey;
    this.ids[name] = id;
  }

  #keyFile(name) {
    return join(this.folder, `${name}.pem`);
  }

  /** The environment of a job that signs with these keys and trusts the public halves of others. */
  #job(signing, trusted = []) {
    return environment({
      ATLAS_LOG: "off",
      ATLAS_SIGNING_KEY: signing.map((name) => this.#keyFile(name)).join(),
      ...(trusted.length > 0 && { ATLAS_PUBLIC_KEY: trusted.map((name) => this.publicKeys[name]).join() }),
    });
  }

  /** A run of the job, and its report. */
  async sync({ signing, trusted, more = [] }) {
    const args = ["sync", "--json", "--source", `file:${this.rows}`, "--store", `file:${this.state}`, ...more];
    return JSON.parse(await run(ATLAS_SYNC, args, { env: this.#job(signing, trusted) }));
  }

  /** `restore` or `release`, and its report. */
  async ask(command, { signing }) {
    return JSON.parse(await run(ATLAS_SYNC, [command, "--json", "--store", `file:${this.state}`], { env: this.#job(signing) }));
  }

  /** `atlas-sync verify` with these public keys: the exit code. */
  async verify(...names) {
    const keys = names.flatMap((name) => ["--public-key", this.publicKeys[name]]);
    return (await attempt(ATLAS_SYNC, ["verify", "--store", `file:${this.state}`, ...keys])).how;
  }

  /** Changes what Michael calls the template that is looked up. */
  async rename(name) {
    const path = join(this.rows, "widget_templates.json");
    const rows = JSON.parse(await readFile(path, "utf8"));
    rows.find((row) => row.template_id === FAQ.templateId).name = name;
    await writeFile(path, JSON.stringify(rows));
  }

  /** Deploys readers with these public keys, beside those that are there. */
  deploy(...names) {
    const generation = new Generation(names.join("+"), () => this.#reader(names));
    this.#deployed.set(generation.name, generation);
    this.#all.push(generation);
  }

  /** The last reader with these public keys ends. */
  async retire(...names) {
    const name = names.join("+");
    await this.#deployed.get(name).retire();
    this.#deployed.delete(name);
  }

  /** What each generation that is deployed serves, warm and cold, once this step has reached it: a name, or a reason. */
  async served() {
    const generations = [...this.#deployed.values()];
    await Promise.all(generations.map((generation) => generation.rounds(ROUNDS)));
    return Object.fromEntries(generations.map(({ name, last }) => [name, last]));
  }

  /** Every fallback of every reader that ever was, as `generation: reason`, each once. */
  fallbacks() {
    return [...new Set(this.#all.flatMap(({ name, fallbacks }) => [...fallbacks].map((reason) => `${name}: ${reason}`)))];
  }

  /** Everything that was ever served. */
  everServed() {
    return new Set(this.#all.flatMap(({ names }) => [...names]));
  }

  lookups() {
    return this.#all.reduce((sum, { count }) => sum + count, 0);
  }

  #reader(names) {
    const { createAtlas, createClient } = this.packages;
    const client = createClient(connectionString(this.store.url), { staleIfError: false, disableDevelopmentCache: true });
    // Each lookup reads the store, and none is in a hurry: what is tested is what is served.
    return createAtlas({ client, publicKeys: names.map((name) => this.publicKeys[name]), refreshMs: 0, timeoutMs: 5_000, log: () => {} });
  }
}

/** The readers with the same public keys: one that runs since they were deployed, and again and again one that just starts. */
class Generation {
  fallbacks = new Set();
  names = new Set();
  count = 0;
  last = [];
  #done = 0;
  #isRetired = false;

  constructor(name, makeReader) {
    this.name = name;
    this.makeReader = makeReader;
    this.running = this.#run();
  }

  async #run() {
    const warm = this.makeReader();
    while (!this.#isRetired) {
      this.last = [await this.#ask(warm), await this.#ask(this.makeReader())];
      this.#done += 1;
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
  }

  async #ask(atlas) {
    const decision = await atlas.lookup(FAQ);
    this.count += 1;
    if (decision.source === "atlas") {
      this.names.add(decision.template.name);
      return decision.template.name;
    }
    this.fallbacks.add(decision.reason);
    return decision.reason;
  }

  /** Waits until so many rounds have begun and ended from now on. */
  async rounds(number) {
    const from = this.#done;
    await until("readers that were asked again", () => this.#done > from + number);
  }

  async retire() {
    this.#isRetired = true;
    await this.running;
  }
}
