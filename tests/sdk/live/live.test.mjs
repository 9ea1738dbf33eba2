// The publishing protocol against a real Edge Config, beside the local store: only with ATLAS_LIVE_STORE, the connection
// string of a store that may be written (or its id alone, and then nothing is read as Venice reads), and with
// ATLAS_EDGE_CONFIG_TOKEN, an API token; VERCEL_TEAM_ID and ATLAS_API_URL as atlas-sync takes them. Some 30 writes,
// which Vercel meters; keys of others stay as they are.

import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createClient, parseConnectionString } from "@vercel/edge-config";
import { ATLAS_SYNC, MICHAEL, environment } from "../../../scripts/lib/paths.mjs";
import { attempt } from "../../../scripts/lib/run.mjs";
import { until } from "../../../scripts/lib/until.mjs";
import { startStore } from "../store.mjs";
import { ask, differences, probe, unsafe } from "./probe.mjs";

const LIVE = process.env.ATLAS_LIVE_STORE;
const skip = LIVE ? false : "ATLAS_LIVE_STORE is not set";
const skipReading = LIVE?.startsWith("ecfg_") ? "ATLAS_LIVE_STORE is an id, no connection string" : skip;

let local;
let here;
before(async () => {
  local = await startStore();
  here = { api: local.base, id: "ecfg_local", token: "local-write" };
});
after(() => local.stop());

describe("the probe itself", () => {
  it("finds the local store safe, and twice the same", async () => {
    const seen = await probe(here);
    assert.deepEqual(unsafe(seen), []);
    assert.deepEqual(differences(seen, await probe(here)), []);
    assert.deepEqual(seen.at(-1).stands, {});
  });

  it("tells what a store does otherwise, and what of that is not safe", async () => {
    const seen = await probe(here);
    const other = structuredClone(seen);
    const change = (step, values) => Object.assign(other.find((one) => one.step === step), values);
    change("the same again, as a proxy may send it", { status: 412, code: "precondition_failed" });
    assert.deepEqual(unsafe(other), []);
    assert.match(differences(seen, other).join(), /^the same again, .*: locally 409 conflict .*, there 412 precondition_failed /);
    change("a late writer of the same version", { status: 200, code: null, stands: { manifest: "late", rev_2: 2 } });
    change("two writers at once", { status: [200, 200] });
    assert.match(unsafe(other).join("\n"), /^a late writer of the same version: expected not done.*\ntwo writers at once: expected one done/);
  });
});

describe("a real Edge Config", () => {
  const place = () => {
    const token = process.env.ATLAS_EDGE_CONFIG_TOKEN;
    assert.ok(token, "expected ATLAS_EDGE_CONFIG_TOKEN beside ATLAS_LIVE_STORE: an API token that may write the store");
    const api = process.env.ATLAS_API_URL || "https://api.vercel.com";
    const id = LIVE.startsWith("ecfg_") ? LIVE : parseConnectionString(LIVE)?.id;
    assert.ok(id, "expected ATLAS_LIVE_STORE to be a connection string or an id, ecfg_…");
    return { api, id, token, teamId: process.env.VERCEL_TEAM_ID || undefined };
  };

  it("keeps the protocol's promises; what it does otherwise than the local store is said", { skip }, async (t) => {
    const there = place();
    const { status, code, date } = await ask(there, "GET", "items");
    assert.equal(status, 200, `the store cannot be read: ${status} ${code}`);
    if (date === null) t.diagnostic("no Date header: clocks cannot be compared");
    const [ours, theirs] = [await probe(here), await probe(there)];
    const lines = differences(ours, theirs);
    for (const line of lines) t.diagnostic(line);
    if (lines.length === 0) t.diagnostic("does nothing otherwise than the local store");
    assert.deepEqual(unsafe(theirs), []);
  });

  it("shows a write to readers within 10 s", { skip: skipReading }, async (t) => {
    const there = place();
    const client = createClient(LIVE, { staleIfError: false });
    const [key, value] = [`atlas_live_${Date.now()}`, { written: Date.now() }];
    const write = (operation) => ask(there, "PATCH", "items", { items: [{ operation, key, value }] });
    assert.equal((await write("create")).status, 200);
    const began = performance.now();
    try {
      await until("value at the edge", async () => JSON.stringify(await client.get(key)) === JSON.stringify(value), 10_000);
      t.diagnostic(`a write was read after ${Math.round(performance.now() - began)} ms`);
    } finally {
      await ask(there, "PATCH", "items", { items: [{ operation: "delete", key }] });
    }
  });

  it("takes a whole life of atlas-sync: publish, two at once, heartbeat, restore, release", { skip }, async (t) => {
    const there = place();
    const own = async () => (await ask(there, "GET", "items")).body.filter(({ key }) => key.startsWith("atlas_v1_"));
    if ((await own()).length > 0) return t.skip("the store holds a snapshot of Atlas, which is left as it is");
    const env = environment({ INTERNAL_ADMIN_KEY: "of a test", ATLAS_EDGE_CONFIG_ID: there.id, ATLAS_API_URL: there.api });
    const run = async (command, ...args) => {
      const { result } = await attempt(ATLAS_SYNC, [command, "--json", "--store", "vercel", ...args], { env });
      const { outcome, version, error } = JSON.parse(result);
      return [outcome, version, ...(error ? [error.code] : [])];
    };
    const rows = await mkdtemp(join(tmpdir(), "atlas-live-"));
    const sync = (...args) => run("sync", "--source", `file:${rows}`, ...args);
    try {
      await cp(MICHAEL, rows, { recursive: true });
      assert.deepEqual(await sync(), ["published", 1]);
      assert.deepEqual(await sync(), ["unchanged", 1]);
      assert.deepEqual(await sync("--heartbeat", "1ms"), ["heartbeat", 1]);
      const templates = join(rows, "widget_templates.json");
      await writeFile(templates, (await readFile(templates, "utf8")).replace("FAQ Classic Light", "FAQ"));
      const both = await Promise.all([sync(), sync()]);
      assert.deepEqual(both.sort(), [["published", 2], ["unchanged", 2]]);
      const [outcome, version, code] = await run("restore");
      if (code === undefined) {
        assert.deepEqual([outcome, version], ["published", 3]);
        assert.deepEqual(await sync(), ["held", 3]);
        assert.deepEqual(await run("release"), ["published", 4]);
        assert.deepEqual(await sync(), ["published", 5]);
      } else {
        t.diagnostic(`nothing could be restored yet: ${code}`);
      }
      assert.equal((await attempt(ATLAS_SYNC, ["verify", "--store", "vercel"], { env })).how, 0);
    } finally {
      await rm(rows, { recursive: true });
      const items = (await own()).map(({ key }) => ({ operation: "delete", key }));
      if (items.length > 0) await ask(there, "PATCH", "items", { items });
    }
  });
});
