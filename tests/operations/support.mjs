// The job as it is operated: `atlas-sync serve` over the local store's API, which can fail, with a clock that can be set.
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { start, stopAll } from "../../scripts/lib/children.mjs";
import { ATLAS_SYNC, MICHAEL, ROOT, environment } from "../../scripts/lib/paths.mjs";
import { freePort } from "../../scripts/lib/ports.mjs";
import { startStore } from "../../scripts/lib/servers.mjs";
import { until } from "../../scripts/lib/until.mjs";

export const ADMIN_KEY = "operations-admin-key";
export const METRICS_TOKEN = "operations-metrics-token";

/**
 * A directory for one test, with the store's API in front of a local store. Everything ends with `end`; with `leave` only what
 * is here, for tests that share a server.
 */
export async function place() {
  const directory = await mkdtemp(join(tmpdir(), "atlas-operations-"));
  const store = await startStore({ port: await freePort(), state: join(directory, "store.json") });
  const api = await startApi(store.url);
  const leave = async () => {
    await store.stop();
    await api.close();
    await rm(directory, { recursive: true, force: true });
  };
  const end = async () => {
    await stopAll();
    await leave();
  };
  return { directory, api, end, leave };
}

const OUTAGE = { status: 503, code: "unavailable", message: "an outage" };

/**
 * Passes requests on to the store. While `api.fails` is true it answers 503 instead, and where `refuses` gives an error, with
 * that; `api.writes` counts the writes that it passed on.
 */
async function startApi(storeUrl) {
  const api = { fails: false, refuses: () => undefined, writes: 0 };
  const server = createServer((incoming, answer) => {
    const error = api.fails ? OUTAGE : api.refuses(incoming);
    if (error) {
      incoming.resume();
      answer.writeHead(error.status, { "content-type": "application/json" });
      answer.end(JSON.stringify({ error: { code: error.code, message: error.message } }));
      return;
    }
    if (incoming.method === "PATCH") api.writes += 1;
    const { method, url, headers } = incoming;
    const onward = request(`${storeUrl}${url}`, { method, headers }, (response) => {
      answer.writeHead(response.statusCode, response.headers);
      response.pipe(answer);
    });
    onward.on("error", () => answer.destroy());
    incoming.pipe(onward);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  api.url = `http://127.0.0.1:${server.address().port}`;
  api.close = () => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  };
  return api;
}

/** The environment of a command that publishes through the API. */
export function publisher(api) {
  return {
    INTERNAL_ADMIN_KEY: ADMIN_KEY,
    ATLAS_METRICS_TOKEN: METRICS_TOKEN,
    ATLAS_EDGE_CONFIG_TOKEN: "local-write",
    ATLAS_EDGE_CONFIG_ID: "ecfg_local",
    ATLAS_API_URL: api.url,
    ATLAS_STORE: "vercel",
  };
}

/** Runs a command to its end: its exit code, and what it printed. */
export async function run(args, env) {
  const [stdout, stderr] = [[], []];
  const onLine = (line, out) => (out ? stdout : stderr).push(line);
  const code = await start(ATLAS_SYNC, args, { cwd: ROOT, env: environment(env), onLine }).ended;
  return { code, stdout: stdout.join("\n"), stderr: stderr.join("\n") };
}

/** With as many files as a process usually may open, whatever this machine allows. */
const LIMITED = 'ulimit -n 1024 && exec "$0" "$@"';

/** Starts the job, and waits until it listens. */
export async function serve({ api, env = {}, source = `file:${MICHAEL}`, args = [] }) {
  const lines = [];
  const command = ["serve", "--source", source, "--listen", "127.0.0.1:0", "--log-format", "json", ...args];
  const onLine = (line) => lines.push(line);
  const child = start("sh", ["-c", LIMITED, ATLAS_SYNC, ...command], {
    cwd: ROOT, env: environment({ ...publisher(api), ...env }), onLine,
  });
  const url = await until("address", () => lines.map((line) => /^listening on (http:\S+)$/.exec(line)?.[1]).find(Boolean));
  const ask = async (method, path, token = ADMIN_KEY, headers = {}) => {
    const options = { method, headers: { authorization: `Bearer ${token}`, connection: "close", ...headers } };
    const response = await fetch(`${url}${path}`, { ...options, signal: AbortSignal.timeout(10_000) });
    const text = await response.text();
    const json = response.headers.get("content-type")?.includes("json");
    return { status: response.status, body: json ? JSON.parse(text) : text };
  };
  const ready = () => until("readiness", async () => (await ask("GET", "/readyz")).status === 200, 60_000);
  return { ...child, url, lines, ask, ready };
}

/** The environment of a program whose clock can be set by `set("+1d")` while it runs, and its file. */
export async function settableClock(directory) {
  const file = join(directory, "clock");
  const set = (offset) => writeFile(file, `${offset}\n`);
  await set("+0");
  const env = { ...(await faketime()), FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: "1" };
  return { env, set };
}

/** The environment of a program whose clock is set to so much from now, such as `+14h`. Time goes on as it should. */
export async function clockSetTo(offset) {
  return { ...(await faketime()), FAKETIME: offset };
}

async function faketime() {
  const folders = (await readdir("/usr/lib")).map((name) => join("/usr/lib", name, "faketime"));
  for (const folder of [...folders, "/usr/lib/faketime"]) {
    const names = await readdir(folder).catch(() => []);
    if (names.includes("libfaketimeMT.so.1")) {
      return { LD_PRELOAD: join(folder, "libfaketimeMT.so.1"), DONT_FAKE_MONOTONIC: "1", NO_FAKE_STAT: "1" };
    }
  }
  throw new Error("no libfaketimeMT.so.1 below /usr/lib: install the package faketime");
}
