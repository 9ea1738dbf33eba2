// The attacks of SECURITY.md, named after The Update Framework's, on the packed package. Each is shown to succeed where the
// defence is missing, and to fail where it is there.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";

import { ROOT } from "../../scripts/lib/paths.mjs";
import { install } from "../package/installed.mjs";
import { FAQ, KEYS, MAX_AGE, NOW, REFUSED_KEYS, Reader, Store, hoursAgo, published, resealed, signed, unchecked } from "./world.mjs";

const HIGHEST = Number.MAX_SAFE_INTEGER;

let installed;
let createAtlas;
let createClient;
before(async () => {
  installed = await install();
  const module = (...path) => import(pathToFileURL(join(installed.project, "node_modules", ...path)).href);
  ({ createAtlas } = await module("@clickeen", "atlas", "index.js"));
  ({ createClient } = await module("@vercel", "edge-config", "dist", "index.js"));
});
after(() => installed?.remove());

const reader = (store, options) => new Reader(createAtlas, store, options);

/** A reader's option for these keys. */
const trusting = (...names) => ({ publicKeys: names.map((name) => KEYS[name].publicKey) });

test("arbitrary content: the write token alone is not enough", async () => {
  for (const signedBy of [[], ["stranger"]]) {
    const store = new Store(published("forged", { version: 2, signedBy }));
    assert.equal(await reader(store).serves(), "forged", "without public keys it is served");
    assert.equal(await reader(store, trusting("old")).serves(), "signature_invalid");
  }
  const right = new Store(published("right", { signedBy: ["old"] }));
  assert.equal(await reader(right, trusting("old")).serves(), "right");
  // A genuine signature over other content.
  const forged = published("forged", { version: 2 });
  forged.atlas_v1_manifest.signatures = right.items.atlas_v1_manifest.signatures;
  assert.equal(await reader(new Store(forged), trusting("old")).serves(), "signature_invalid");
});

test("arbitrary content, warm: what was verified is served on, and never what was forged", async () => {
  const store = new Store(published("right", { signedBy: ["old"] }));
  const [defended, open] = [reader(store, trusting("old")), reader(store)];
  assert.deepEqual([await defended.serves(), await open.serves()], ["right", "right"]);
  store.items = published("forged", { version: 2 });
  assert.equal(await open.servesLater(), "forged");
  assert.notEqual(await defended.servesLater(), "forged");
});

test("rollback, warm: a reader never goes below what it has served", async () => {
  const [old, current] = ["old content", "current"].map((name, place) => published(name, { version: place + 1, signedBy: ["old"] }));
  const store = new Store(current);
  const warm = reader(store, trusting("old"));
  assert.equal(await warm.serves(), "current");
  store.items = old;
  assert.equal(await reader(store, trusting("old")).serves(), "old content", "a reader that has seen nothing is taken in");
  assert.equal(await warm.servesLater(), "rollback");
});

test("rollback, cold: a floor in the deployment", async () => {
  const [old, current] = ["old content", "current"].map((name, place) => published(name, { version: place + 1, signedBy: ["old"] }));
  const store = new Store(old);
  assert.equal(await reader(store, trusting("old")).serves(), "old content", "without a floor");
  assert.equal(await reader(store, { ...trusting("old"), minVersion: 2 }).serves(), "rollback");
  assert.equal(await reader(store, { ...trusting("old"), minVersion: 1 }).serves(), "old content", "the floor itself may be served");
  assert.notEqual(await reader(store, { ...trusting("old"), snapshot: current }).serves(), "old content");
});

test("an embedded snapshot is held to the same signatures", async () => {
  const store = new Store(published("right", { version: 2, signedBy: ["old"] }));
  const forged = published("forged", { version: HIGHEST });
  assert.notEqual(await reader(store, { snapshot: forged }).serves(), "right", "without public keys it is a floor");
  // With them it is neither served nor a floor.
  assert.equal(await reader(store, { ...trusting("old"), snapshot: forged }).serves(), "right");
});

test("freeze: nothing is served that is older than the limit, and no heartbeat can be forged", async () => {
  const genuine = published("frozen", { hours: MAX_AGE + 1, signedBy: ["old"] });
  const store = new Store(genuine);
  assert.equal(await reader(store, { ...trusting("old"), maxAgeMs: 100 * 3_600_000 }).serves(), "frozen", "without the limit");
  assert.equal(await reader(store, trusting("old")).serves(), "expired");
  // The thief renews it.
  const { signatures } = genuine.atlas_v1_manifest;
  const renewed = { ...signed({ ...genuine.atlas_v1_manifest, checkedAt: hoursAgo(0) }), signatures };
  store.items = { ...genuine, atlas_v1_manifest: renewed };
  assert.equal(await reader(store).serves(), "frozen", "without public keys");
  assert.equal(await reader(store, trusting("old")).serves(), "signature_invalid");
});

test("freeze, warm: a genuine heartbeat that is replayed gains no time", async () => {
  const store = new Store(published("frozen", { hours: 1, signedBy: ["old"] }));
  const warm = reader(store, trusting("old"));
  assert.equal(await warm.serves(), "frozen");
  warm.time = NOW + (MAX_AGE - 1) * 3_600_000 + 1;
  assert.equal(await warm.serves(), "expired");
});

test("freeze and rollback, last resort: where Paris fails too, an earlier genuine snapshot is served as old as that allows", async () => {
  const [old, current] = [100, 1].map((hours, place) => published(hours > 1 ? "old content" : "current", { version: place + 1, hours, signedBy: ["old"] }));
  const store = new Store(old);
  const lastResort = async (subject) => {
    const paris = () => Promise.reject(new Error("Paris is down"));
    return subject.atlas.resolve(FAQ, paris).then(({ source, template }) => [source, template?.name], (error) => error.message);
  };
  const within = (hours, options) => reader(store, { ...trusting("old"), lastResortMaxAgeMs: hours * 3_600_000, ...options });
  assert.deepEqual(await lastResort(within(101)), ["last_resort", "old content"]);
  for (const defended of [within(0), within(99), within(101, { minVersion: 2 })]) assert.equal(await lastResort(defended), "Paris is down");
  assert.deepEqual(await lastResort(within(101, { snapshot: current })), ["last_resort", "current"]);
  const forged = new Store(published("forged", { version: 3, hours: 100 }));
  assert.equal(await lastResort(reader(forged, { ...trusting("old"), lastResortMaxAgeMs: 101 * 3_600_000 })), "Paris is down");
});

test("fast-forward: a forged version is no floor", async () => {
  const forged = published("forged", { version: HIGHEST });
  const [store, other] = [new Store(forged), new Store(forged)];
  const [open, defended] = [reader(store), reader(other, trusting("old"))];
  assert.deepEqual([await open.serves(), await defended.serves()], ["forged", "signature_invalid"]);
  // The store recovers, as SECURITY.md says.
  store.items = other.items = published("recovered", { version: 3, signedBy: ["old"] });
  assert.equal(await open.servesLater(), "rollback", "a reader without public keys takes nothing any more");
  assert.equal(await defended.servesLater(), "recovered");
});

test("mix and match: an entry of another snapshot is not this snapshot's", async () => {
  const [first, second] = [published("first", { version: 1, signedBy: ["old"] }), published("second", { version: 2, signedBy: ["old"] })];
  const mixed = { ...second, atlas_v1_widgetTemplates: first.atlas_v1_widgetTemplates };
  assert.equal(unchecked(mixed), "first");
  for (const options of [{}, trusting("old")]) assert.equal(await reader(new Store(mixed), options).serves(), "corrupt");
});

test("moved entries: an entry is bound to its key", async () => {
  const items = published("right", { signedBy: ["old"] });
  const moved = { ...items, atlas_v1_widgetSchemas: items.atlas_v1_widgetTemplates };
  assert.ok(Object.hasOwn(moved.atlas_v1_widgetSchemas.payload, FAQ.templateId));
  for (const options of [{}, trusting("old")]) assert.equal(await reader(new Store(moved), options).serves(), "corrupt");
});

test("wrong type: what a stolen key signs has the right shape, or is not served", async () => {
  const shapes = [
    (items) => (items.atlas_v1_widgetTemplates.payload = []),
    (items) => (items.atlas_v1_widgetTemplates.payload[FAQ.templateId].premium = "yes"),
    (items) => (items.atlas_v1_widgetTemplates.payload[FAQ.templateId] = "<script>"),
  ];
  for (const change of shapes) {
    const items = published("right");
    change(items);
    const store = new Store(resealed(items, "old"));
    assert.equal(await reader(store, trusting("old")).serves(), "corrupt", `${change}`);
  }
});

test("wrong type: names that every object inherits are records of nothing", async () => {
  const store = new Store(published("right", { signedBy: ["old"] }));
  for (const name of ["__proto__", "constructor", "toString"]) {
    assert.ok(name in store.items.atlas_v1_widgetTemplates.payload, "a reader that does not ask for own members finds it");
    const { atlas } = reader(store, trusting("old"));
    const decision = await atlas.lookup({ ...FAQ, templateId: name });
    assert.equal(decision.reason, "record_missing", name);
  }
});

test("deep nesting: what no reader takes is not written as JSON, which takes seconds for a megabyte", async () => {
  const { stringify } = JSON;
  for (const [levels, isWritten] of [[200, true], [4_000, false]]) {
    const items = published("right", { signedBy: ["old"] });
    for (const name of ["atlas_v1_manifest", "atlas_v1_widgetSchemas"]) {
      const deep = { ...items[name], deep: JSON.parse("[".repeat(levels) + "]".repeat(levels)) };
      let written = 0;
      JSON.stringify = (value, ...others) => {
        written += Number(value === deep);
        return stringify(value, ...others);
      };
      try {
        for (const options of [{}, trusting("old")]) {
          const client = { getAll: async () => ({ ...items, [name]: deep }) };
          const { atlas } = new Reader(createAtlas, client, options);
          for (const _ of [1, 2]) assert.equal((await atlas.lookup(FAQ)).reason, "corrupt", `${name}, ${levels} levels`);
        }
      } finally {
        JSON.stringify = stringify;
      }
      assert.equal(written > 0, isWritten, `${name}, ${levels} levels`);
    }
  }
});

test("endless data: a store that never ends costs the lookup its 50 ms, and no more", async () => {
  const chunk = Buffer.alloc(64 * 1024, "x");
  let sent = 0;
  const server = createServer((request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.write('{"atlas_v1_manifest":"');
    const timer = setInterval(() => ((sent += chunk.length), response.write(chunk)), 1);
    response.on("close", () => clearInterval(timer));
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  try {
    const address = `http://127.0.0.1:${server.address().port}/ecfg_local?token=local`;
    const client = createClient(address, { staleIfError: false });
    // Without Atlas the request waits as long as the store likes.
    const bare = client.getAll(["atlas_v1_manifest"]).then(() => "answered", () => "failed");
    assert.equal(await Promise.race([bare, new Promise((late) => setTimeout(late, 1000, "still waiting"))]), "still waiting");
    const began = performance.now();
    const { atlas } = new Reader(createAtlas, client, { timeoutMs: 50, ...trusting("old") });
    const decision = await atlas.lookup(FAQ);
    assert.deepEqual([decision.source, decision.reason], ["paris", "timeout"]);
    assert.ok(performance.now() - began < 1000, `${performance.now() - began} ms`);
    assert.ok(sent > 0);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test("endless data: 1 MB in no order is put in order once, and not for each lookup", async () => {
  const ballast = Array.from({ length: 30_000 }, (_, place) => [`a member of no use, ${30_000 - place}`, { b: place, a: [] }]);
  const heavy = (items, key) => ({ ...items, [key]: { ...Object.fromEntries(ballast), ...items[key] } });
  let sorted = 0;
  const { sort } = Array.prototype;
  Array.prototype.sort = function (...how) {
    sorted += 1;
    return sort.apply(this, how);
  };
  try {
    for (const key of ["atlas_v1_manifest", "atlas_v1_widgetTemplates"]) {
      for (const [options, isWarm] of [[{}, false], [{}, true], [trusting("old"), false], [trusting("old"), true]]) {
        const store = new Store(published("right", { signedBy: ["old"] }));
        const attacked = reader(store, options);
        if (isWarm) assert.equal(await attacked.serves(), "right");
        store.items = heavy(published("forged", { version: 2, signedBy: ["old"] }), key);
        assert.ok(JSON.stringify(store.items[key]).length > 1_000_000);
        sorted = 0;
        const first = await attacked.servesLater();
        const once = sorted;
        assert.ok(once >= 30_000, `${once} objects were put in order`);
        for (let i = 0; i < 5; i += 1) assert.equal(await attacked.servesLater(), first);
        assert.equal(sorted, once, `${key}, ${JSON.stringify(options)}, warm: ${isWarm}`);
      }
    }
  } finally {
    Array.prototype.sort = sort;
  }
});

test("key compromise: a leaked key is worth nothing once readers have dropped it", async () => {
  const store = new Store(published("forged", { version: 9, signedBy: ["old"] }));
  for (const [names, served] of [[["old"], "forged"], [["old", "new"], "forged"], [["new"], "signature_invalid"]]) {
    assert.equal(await reader(store, trusting(...names)).serves(), served, names.join());
  }
  // With two signatures required one leaked key is not enough.
  assert.equal(await reader(store, { ...trusting("old", "new"), signaturesRequired: 2 }).serves(), "signature_invalid");
});

test("key substitution: a public key for which everybody can sign is never used", async () => {
  const manifest = published("forged").atlas_v1_manifest;
  const forged = Buffer.alloc(64);
  forged[0] = 1;
  for (const { why, key } of REFUSED_KEYS) {
    const id = createHash("sha256").update(Buffer.from(key, "base64url")).digest("hex").slice(0, 16);
    const store = new Store({ ...published("forged"), atlas_v1_manifest: { ...manifest, signatures: { [id]: forged.toString("base64url") } } });
    const served = await (async () => reader(store, { publicKeys: [key] }).serves())().catch((error) => error.code ?? error.message);
    assert.notEqual(served, "forged", `${why}: ${key}`);
  }
});

test("every fixture of signed manifests is decided as it says", async () => {
  const folder = join(ROOT, "tests", "fixtures", "signatures");
  const whole = JSON.parse(await readFile(join(ROOT, "tests", "fixtures", "snapshots", "whole.json"), "utf8"));
  const names = await readdir(folder);
  assert.ok(names.length > 25, names.join());
  for (const name of names) {
    const { manifest, publicKeys, signaturesRequired, expect } = JSON.parse(await readFile(join(folder, name), "utf8"));
    const options = publicKeys.length === 0 ? {} : { publicKeys, signaturesRequired };
    const served = await reader(new Store({ ...whole.items, atlas_v1_manifest: manifest }), options).serves();
    assert.equal(served === "FAQ Classic Light" ? "hit" : served, expect.decision, name);
  }
});
