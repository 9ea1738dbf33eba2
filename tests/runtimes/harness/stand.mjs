// What stands around one runtime under test: stores to break, which its scenarios start and stop through a control
// server, and a small Paris. All of it is real, on 127.0.0.1, and ends with the test.
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { start } from "../../../scripts/lib/children.mjs";
import { seal } from "../../../scripts/lib/format.mjs";
import { ATLAS_SYNC, MICHAEL, ROOT, environment } from "../../../scripts/lib/paths.mjs";
import { run } from "../../../scripts/lib/run.mjs";
import { connectionString, sync } from "../../../scripts/lib/servers.mjs";
import { until } from "../../../scripts/lib/until.mjs";

const STATE_FILE = "store.json";

const SLOW_MS = 3_000;

/** An instance that version 2 has all of, and two that it has not. */
const INSTANCES = {
  wgt_faq001: { widgetType: "content.faq", templateId: "faq-classic-light", schemaVersion: "2025-09-01", plan: "paid" },
  wgt_slow001: { widgetType: "content.none", templateId: null, schemaVersion: "2025-09-01", plan: "paid" },
  wgt_next001: { widgetType: "content.faq", templateId: null, schemaVersion: "2031-01-01", plan: "paid" },
};

/**
 * Makes a stand.
 *
 * @returns {Promise<{ control: string, env: Record<string, string>, close(): Promise<void> }>} the control server's
 *   address; what a program needs to find a store that stays (`ATLAS_EDGE_CONFIG`) and Paris (`PARIS_URL`)
 */
export async function openStand() {
  const folder = await mkdtemp(join(tmpdir(), "atlas-runtimes-"));
  const published = await publishTwice(folder);
  const stores = new Stores(folder, published);
  const snapshots = await signedSnapshots(folder, published);
  const server = createServer((request, response) => void answer({ stores, snapshots }, request, response));
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const control = `http://127.0.0.1:${server.address().port}`;
  const url = await stores.open();
  return {
    control,
    env: { ATLAS_EDGE_CONFIG: connectionString(url), PARIS_URL: `${control}/paris` },
    async close() {
      server.close();
      server.closeAllConnections();
      await stores.closeAll();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A folder with all of a store that holds version 2, and version 1 as its backup; they differ in one template's name. */
async function publishTwice(folder) {
  const rows = join(folder, "rows");
  const published = join(folder, "published");
  const state = join(published, STATE_FILE);
  const templates = join(rows, "widget_templates.json");
  await cp(MICHAEL, rows, { recursive: true });
  await mkdir(published);
  await sync({ rows, state });
  const text = await readFile(templates, "utf8");
  await writeFile(templates, text.replace("FAQ Classic Light", "FAQ, second edition"));
  const { version } = await sync({ rows, state });
  if (version !== 2) throw new Error(`expected version 2, found ${version}`);
  return published;
}

/**
 * Version 2 as the job signs it with the key `old`, once more with a heartbeat, and as somebody without the key can change it:
 * confirmed later, with a checksum that fits and the signature of before.
 */
async function signedSnapshots(folder, published) {
  const { keys } = JSON.parse(await readFile(join(ROOT, "tests", "fixtures", "keys.json"), "utf8"));
  const state = join(folder, "signed", STATE_FILE);
  const key = join(folder, "old.pem");
  await cp(published, join(folder, "signed"), { recursive: true });
  await writeFile(key, keys.old.privatePem);
  const store = ["--store", `file:${state}`];
  const next = async () => {
    await run(ATLAS_SYNC, ["sync", "--source", `file:${join(folder, "rows")}`, "--signing-key", key, "--heartbeat", "0s", ...store]);
    return JSON.parse(await run(ATLAS_SYNC, ["export", ...store]));
  };
  const [signed, renewed] = [await next(), await next()];
  const checkedAt = new Date(Date.parse(signed.atlas_v1_manifest.checkedAt) + 1).toISOString();
  const forged = { ...signed, atlas_v1_manifest: seal({ ...signed.atlas_v1_manifest, checkedAt }) };
  return { signed, renewed, forged };
}

/** The stores that run, by their addresses. */
class Stores {
  #running = new Map();
  #count = 0;

  constructor(folder, published) {
    this.folder = folder;
    this.published = published;
  }

  async open() {
    this.#count += 1;
    const own = join(this.folder, `store-${this.#count}`);
    await cp(this.published, own, { recursive: true });
    const args = ["dev", "--no-sync", "--state", join(own, STATE_FILE), "--listen", "127.0.0.1:0"];
    const lines = [];
    const store = start(ATLAS_SYNC, args, { cwd: ROOT, env: environment(), onLine: (line) => lines.push(line) });
    let over = null;
    void store.ended.then((how) => (over = how));
    const url = await until("address of a store", () => {
      if (over !== null) throw new Error(`a store ended with ${over}\n${lines.join("\n")}`);
      return lines.map((line) => /^listening on (http:\S+)$/.exec(line)?.[1]).find(Boolean);
    });
    this.#running.set(url, store);
    return url;
  }

  async close(url) {
    const store = this.#running.get(url);
    if (!store) throw new Error(`no store at ${url}`);
    this.#running.delete(url);
    // At once, as a store dies: one that ends by itself would wait for what hangs in it.
    store.signal("SIGKILL");
    await store.ended;
  }

  closeAll() {
    return Promise.all([...this.#running.keys()].map((url) => this.close(url)));
  }
}

/** `POST /stores`, `DELETE /stores?url=`; `/snapshots/<name>`; `/paris/api/instances/…`, other `/paris/…`; `/hung`, which never answers. */
async function answer({ stores, snapshots }, request, response) {
  const { pathname, searchParams } = new URL(request.url, "http://stand");
  const [, place, ...path] = pathname.split("/");
  try {
    if (place === "hung") return;
    if (place === "paris") answerAsParis(path, request.headers, response);
    else if (place === "snapshots") send(response, 200, snapshots[path[0]]);
    else if (place !== "stores") send(response, 404, { error: `nothing at ${pathname}` });
    else if (request.method === "POST") send(response, 200, { url: await stores.open() });
    else send(response, 200, await stores.close(searchParams.get("url")));
  } catch (error) {
    send(response, 500, { error: error.message });
  }
}

/**
 * An instance that is not there is a 404. `wgt_down001` breaks Paris; `wgt_slow001` takes it 3 s for the instance, and for
 * ever for the widget.
 */
function answerAsParis(path, headers, response) {
  const [publicId, isInstance] = [path.at(-1), path[1] === "instances"];
  if (publicId === "wgt_down001") return send(response, 500, { error: "down" });
  const found = paris(path, headers);
  const answer = () => send(response, found === undefined ? 404 : 200, found);
  if (publicId !== "wgt_slow001") return answer();
  return isInstance && setTimeout(answer, SLOW_MS);
}

function paris(path, headers) {
  const publicId = path.at(-1);
  if (path[1] === "instances") return INSTANCES[publicId] && { publicId, ...INSTANCES[publicId] };
  return { from: "Paris", publicId, hint: headers["atlas-refresh-hint"]?.split(",")[0] ?? null };
}

function send(response, status, body) {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body ?? {}));
}
