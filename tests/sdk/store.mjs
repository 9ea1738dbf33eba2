// A local store for one test file, and the two SDKs that read it.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as edgeConfig from "@vercel/edge-config";
import * as globalConfig from "@vercel/global-config";

/** What starts the local store; `--listen` and `--state` are added to it. */
const COMMAND = process.env.ATLAS_DEV_COMMAND ?? "target/debug/atlas-sync dev --no-sync";

const WRITE = { authorization: "Bearer local-write" };

/** Both packages, under their names. What they throw begins with the name. */
export const SDKS = [
  { name: "@vercel/edge-config", thing: "Edge Config", ...edgeConfig },
  { name: "@vercel/global-config", thing: "Global Config", ...globalConfig },
];

/**
 * Starts a local store on a free port, with a state file of its own.
 *
 * @returns {Promise<Store>}
 */
export async function startStore() {
  const directory = await mkdtemp(join(tmpdir(), "atlas-sdk-"));
  const state = join(directory, "state.json");
  const [program, ...first] = COMMAND.split(" ");
  const child = spawn(program, [...first, "--listen", "127.0.0.1:0", "--state", state], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const lines = createInterface({ input: child.stdout });
  const printed = [];
  const allPrinted = (async () => {
    for await (const line of lines) if (printed.push(line) === 3) return;
  })();
  await Promise.race([
    allPrinted,
    ended.then(([code]) => Promise.reject(new Error(`${COMMAND} ended with ${code} before it was listening`))),
  ]);
  const base = /^listening on (http:\/\/\S+)$/.exec(printed[0])?.[1];
  if (base === undefined) throw new Error(`expected "listening on http://…", found ${JSON.stringify(printed)}`);
  return new Store(base, state, printed, async () => {
    child.kill("SIGTERM");
    await ended;
    await rm(directory, { recursive: true });
  });
}

class Store {
  constructor(base, state, printed, stop) {
    this.base = base;
    this.state = state;
    this.printed = printed;
    this.stop = stop;
    this.connectionString = `${base}/ecfg_local?token=local`;
  }

  /** Writes items through the management API. */
  async put(items) {
    await this.patch(Object.entries(items).map(([key, value]) => ({ operation: "upsert", key, value })));
  }

  /** Carries out operations through the management API, which must work. */
  async patch(operations) {
    await this.#done("PATCH", "/v1/edge-config/ecfg_local/items", { items: operations });
  }

  /** Replaces the faults that are switched on. */
  async faults(...faults) {
    await this.#done("PUT", "/_atlas/faults", { faults });
  }

  /** The counts of reads so far. */
  async reads() {
    return (await this.#done("GET", "/_atlas/stats")).reads;
  }

  /** What `action` adds to the count of reads that are named so. */
  async counting(name, action) {
    const before = (await this.reads())[name];
    await action();
    return (await this.reads())[name] - before;
  }

  /** Changes the state file behind the server's back. */
  async edit(from, to) {
    const text = await readFile(this.state, "utf8");
    if (!text.includes(from)) throw new Error(`${from} is not in the state file`);
    await writeFile(this.state, text.replace(from, to));
  }

  /** Asks with the write token, as a plain HTTP client, and gives the status and the body. */
  async ask(method, path, body) {
    const response = await fetch(this.base + path, { method, headers: WRITE, body: body && JSON.stringify(body) });
    const text = await response.text();
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
  }

  async #done(method, path, body) {
    const { status, body: answer } = await this.ask(method, path, body);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(answer)}`);
    return answer;
  }
}
