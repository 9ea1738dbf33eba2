// Vercel's own `@vercel/sdk` against `dev`: it checks each answer against Vercel's reference and throws what differs.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { createClient } from "@vercel/edge-config";
import { Vercel } from "@vercel/sdk";
import { startStore } from "../store.mjs";

const ID = { edgeConfigId: "ecfg_local" };

let store;
let api;
before(async () => {
  store = await startStore();
  api = new Vercel({ serverURL: store.base, bearerToken: "local-write" }).globalConfig;
});
after(() => store.stop());

/** Every operation that the SDK has for Global Config, so that a new one is noticed. */
const OFFERED = [
  "getEdgeConfigs", "getEdgeConfig", "getEdgeConfigItems", "getEdgeConfigItem", "getEdgeConfigSchema",
  "patchEdgeConfigSchema", "deleteEdgeConfigSchema", "getEdgeConfigTokens", "deleteEdgeConfigTokens",
  "getEdgeConfigToken", "createEdgeConfigToken", "getEdgeConfigBackup", "restoreEdgeConfigBackup",
  "getEdgeConfigBackups",
];
const NOT_OFFERED = ["createEdgeConfig", "updateEdgeConfig", "deleteEdgeConfig"];

it("has no operation that is not tried here", () => {
  const all = Object.getOwnPropertyNames(Object.getPrototypeOf(api)).filter((name) => /EdgeConfig/.test(name));
  assert.deepEqual(all.sort(), [...OFFERED, ...NOT_OFFERED].sort());
});

describe("the store", () => {
  beforeEach(() => store.put({ a: "text", b: { c: [1, null, true] }, nothing: null }));

  it("is the one of the list, and says whose it is", async () => {
    const listed = await api.getEdgeConfigs({});
    const one = await api.getEdgeConfig({ ...ID, teamId: "team_any" });
    assert.deepEqual(listed, one);
    assert.deepEqual([one.id, one.slug, one.ownerId, one.itemCount], ["ecfg_local", "atlas-local", "team_local", 3]);
  });

  it("is a list of one to any other client", async () => {
    const { body } = await store.ask("GET", "/v1/edge-config");
    assert.deepEqual(body.map(({ id, ownerId }) => [id, ownerId]), [["ecfg_local", "team_local"]]);
    assert.equal((await store.ask("GET", "/v1/global-config")).status, 200);
  });

  it("shows its items with their descriptions, which may be set alone", async () => {
    const before = await api.getEdgeConfigItem({ ...ID, edgeConfigItemKey: "b" });
    assert.equal(before.description, undefined);
    const digest = (await api.getEdgeConfig(ID)).digest;
    await store.patch([{ operation: "update", key: "b", description: "what b is for" }]);
    const after = await api.getEdgeConfigItem({ ...ID, edgeConfigItemKey: "b" });
    assert.deepEqual([after.value, after.description], [{ c: [1, null, true] }, "what b is for"]);
    assert.equal((await api.getEdgeConfig(ID)).digest, digest);
    // A new value keeps the description, `null` removes it.
    await store.patch([{ operation: "upsert", key: "b", value: 2 }]);
    const items = await api.getEdgeConfigItems(ID);
    assert.deepEqual(items.map(({ key, value, description }) => [key, value, description]), [
      ["a", "text", undefined], ["b", 2, "what b is for"], ["nothing", null, undefined],
    ]);
    await store.patch([{ operation: "upsert", key: "b", description: null }]);
    assert.equal((await api.getEdgeConfigItem({ ...ID, edgeConfigItemKey: "b" })).description, undefined);
  });

  it("refuses a description for an item that is not there, and changes nothing", async () => {
    const operations = [{ operation: "upsert", key: "a", value: "new" }, { operation: "update", key: "c", description: "c" }];
    assert.equal((await store.ask("PATCH", "/v1/edge-config/ecfg_local/items", { items: operations })).status, 404);
    operations[1].operation = "upsert";
    assert.equal((await store.ask("PATCH", "/v1/edge-config/ecfg_local/items", { items: operations })).status, 400);
    assert.equal((await api.getEdgeConfigItem({ ...ID, edgeConfigItemKey: "a" })).value, "text");
  });

  it("is the only one, and stays", async () => {
    await assert.rejects(api.createEdgeConfig({ requestBody: { slug: "second" } }), { statusCode: 403 });
    await assert.rejects(api.updateEdgeConfig({ ...ID, requestBody: { slug: "other" } }), { statusCode: 405 });
    await assert.rejects(api.deleteEdgeConfig(ID), { statusCode: 405 });
  });
});

describe("backups", () => {
  it("are listed page by page, shown with their items, and restored", async () => {
    await store.put({ a: "first" });
    await store.patch([{ operation: "update", key: "a", description: "of the first" }]);
    await store.put({ a: "second" });
    await store.patch([{ operation: "update", key: "a", value: "third", description: null }]);
    const { backups, pagination } = await api.getEdgeConfigBackups({ ...ID, limit: 2 });
    assert.deepEqual([backups.length, pagination.hasNext, pagination.next], [2, true, backups[1].id]);
    const next = await api.getEdgeConfigBackups({ ...ID, limit: 1, next: pagination.next });
    assert.equal(next.backups.length, 1);
    const version = { ...ID, edgeConfigBackupVersionId: backups[0].id };
    const { backup, id, lastModified, metadata } = await api.getEdgeConfigBackup(version);
    assert.deepEqual([id, lastModified], [backups[0].id, backups[0].lastModified]);
    assert.deepEqual(metadata, backups[0].metadata);
    assert.deepEqual([backup.items.a.value, backup.items.a.description], ["second", "of the first"]);
    const before = (await api.getEdgeConfig(ID)).digest;
    const restored = await api.restoreEdgeConfigBackup(version);
    assert.deepEqual(restored, {
      status: "ok", restoredFrom: id, previousDigest: before, digest: backup.digest,
    });
    const item = await api.getEdgeConfigItem({ ...ID, edgeConfigItemKey: "a" });
    assert.deepEqual([item.value, item.description], ["second", "of the first"]);
  });

  it("that are not kept are not found", async () => {
    await assert.rejects(api.getEdgeConfigBackup({ ...ID, edgeConfigBackupVersionId: "v999" }), { statusCode: 404 });
  });
});

describe("the schema", () => {
  const definition = { type: "object", properties: { a: { type: "string" } } };
  beforeEach(async () => {
    await api.deleteEdgeConfigSchema(ID);
    await store.put({ a: "text" });
  });

  it("is set, shown, and removed", async () => {
    // The SDK's type for a schema has no members: it says no more than that the answer is an object.
    assert.deepEqual(await api.getEdgeConfigSchema(ID), {});
    assert.equal((await store.ask("GET", "/v1/edge-config/ecfg_local/schema")).status, 204);
    assert.deepEqual(await api.patchEdgeConfigSchema({ ...ID, requestBody: { definition } }), {});
    assert.deepEqual(await api.getEdgeConfigSchema(ID), {});
    assert.deepEqual((await store.ask("GET", "/v1/edge-config/ecfg_local/schema")).body, { definition });
    assert.deepEqual((await store.ask("GET", "/v1/edge-config/ecfg_local")).body.schema, definition);
    assert.deepEqual((await api.getEdgeConfig(ID)).schema, {});
    await api.deleteEdgeConfigSchema(ID);
    assert.equal((await api.getEdgeConfig(ID)).schema, undefined);
  });

  it("is tried without being set", async () => {
    await api.patchEdgeConfigSchema({ ...ID, dryRun: "true", requestBody: { definition } });
    assert.equal((await api.getEdgeConfig(ID)).schema, undefined);
    const wrong = { type: "object", required: ["missing"] };
    for (const dryRun of ["1", undefined]) {
      await assert.rejects(api.patchEdgeConfigSchema({ ...ID, dryRun, requestBody: { definition: wrong } }), { statusCode: 400 });
    }
    assert.equal((await api.getEdgeConfig(ID)).schema, undefined);
  });

  it("keeps out what does not satisfy it", async () => {
    await api.patchEdgeConfigSchema({ ...ID, requestBody: { definition } });
    const items = [{ operation: "update", key: "a", value: 1 }];
    const { status, body } = await store.ask("PATCH", "/v1/edge-config/ecfg_local/items", { items });
    assert.equal(status, 400);
    assert.match(body.error.message, /at \/a: 1 is not of type "string"/);
    assert.equal((await api.getEdgeConfigItem({ ...ID, edgeConfigItemKey: "a" })).value, "text");
  });
});

describe("tokens", () => {
  it("read as long as they are there, and never write", async () => {
    await store.put({ a: "text" });
    const { id, token } = await api.createEdgeConfigToken({ ...ID, requestBody: { label: "of a test" } });
    const shown = await api.getEdgeConfigToken({ ...ID, token });
    assert.deepEqual([shown.id, shown.label, shown.edgeConfigId], [id, "of a test", "ecfg_local"]);
    const { body } = await store.ask("GET", "/v1/edge-config/ecfg_local/tokens");
    assert.deepEqual(body.map(({ label }) => label), ["built in", "of a test"]);
    const reader = createClient(`${store.base}/ecfg_local?token=${token}`, { staleIfError: false });
    assert.equal(await reader.get("a"), "text");
    const other = new Vercel({ serverURL: store.base, bearerToken: token }).globalConfig;
    await assert.rejects(other.getEdgeConfig(ID), { statusCode: 403 });
    await api.deleteEdgeConfigTokens({ ...ID, requestBody: { tokens: [token] } });
    await assert.rejects(createClient(reader.connection.baseUrl + `?token=${token}`).get("a"), /Unauthorized/);
    await assert.rejects(api.getEdgeConfigToken({ ...ID, token }), { statusCode: 404 });
  });

  it("are deleted by their ids too; the one that is built in stays", async () => {
    const { id, token } = await api.createEdgeConfigToken({ ...ID, requestBody: { label: "of a test" } });
    await api.deleteEdgeConfigTokens({ ...ID, requestBody: { ids: [id] } });
    await assert.rejects(api.getEdgeConfigToken({ ...ID, token }), { statusCode: 404 });
    await assert.rejects(api.deleteEdgeConfigTokens({ ...ID, requestBody: { tokens: ["local"] } }), { statusCode: 403 });
    const builtIn = await api.getEdgeConfigTokens(ID);
    assert.deepEqual([builtIn.token, builtIn.label], ["local", "built in"]);
  });
});

it("prints where the inspector is, and the connection string", () => {
  assert.deepEqual(store.printed, [
    `listening on ${store.base}`, `connection string ${store.connectionString}`, `inspector ${store.base}/inspector`,
  ]);
});
