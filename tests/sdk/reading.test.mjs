// The real SDKs read the local store as they read Vercel's.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { SDKS, startStore } from "./store.mjs";

let store;
before(async () => (store = await startStore()));
after(() => store.stop());
beforeEach(() => store.faults());

for (const { name, thing, createClient, parseConnectionString } of SDKS) {
  describe(name, () => {
    const client = (options) => createClient(store.connectionString, { staleIfError: false, ...options });
    const items = { text: "é \"quoted\"", nested: { z: 1, a: [true, null, 1.5] }, nothing: null };
    beforeEach(() => store.put(items));

    it("takes the connection string for an external store", () => {
      const connection = parseConnectionString(store.connectionString);
      assert.deepEqual([connection.type, connection.id, connection.token], ["external", "ecfg_local", "local"]);
    });

    it("gets an item, whatever JSON it is", async () => {
      for (const [key, value] of Object.entries(items)) {
        assert.deepEqual(await client().get(key), value);
      }
    });

    it("gets undefined for an item that is not there", async () => {
      assert.equal(await client().get("none"), undefined);
    });

    it("tells what is there from what is not", async () => {
      assert.equal(await client().has("nothing"), true);
      assert.equal(await client().has("none"), false);
    });

    it("gets all items", async () => {
      const all = await client().getAll();
      assert.deepEqual({ ...all }, items);
    });

    it("keeps the order of an item's members", async () => {
      assert.equal(JSON.stringify(await client().get("nested")), '{"z":1,"a":[true,null,1.5]}');
    });

    it("gets some items, and leaves out those that are not there", async () => {
      assert.deepEqual(await client().getAll(["nothing", "none", "text"]), { text: items.text, nothing: null });
    });

    it("gets a digest that changes with the items", async () => {
      const digest = await client().digest();
      assert.match(digest, /^[0-9a-f]{64}$/);
      assert.equal(await client().digest(), digest);
      await store.put({ text: name });
      assert.notEqual(await client().digest(), digest);
    });

    it("reads consistently", async () => {
      assert.equal(await client().get("text", { consistentRead: true }), items.text);
      assert.deepEqual(await client().getAll(["text"], { consistentRead: true }), { text: items.text });
    });

    it("throws for a store that is not there", async () => {
      const other = createClient(store.connectionString.replace("ecfg_local", "ecfg_other"));
      const message = `${name}: ${thing} not found`;
      await assert.rejects(other.get("text"), { message });
      await assert.rejects(other.has("text"), { message });
      await assert.rejects(other.getAll(), { message });
    });

    it("throws for a wrong token", async () => {
      const other = createClient(store.connectionString.replace("token=local", "token=wrong"));
      const message = `${name}: Unauthorized`;
      await assert.rejects(other.get("text"), { message });
      await assert.rejects(other.has("text"), { message });
      await assert.rejects(other.getAll(), { message });
      await assert.rejects(other.digest(), { message: new RegExp("status code 401$") });
    });

    it("asks again with the tag, and serves a 304 from what it has", async () => {
      const reader = client();
      for (const read of [() => reader.get("nested"), () => reader.getAll(), () => reader.digest()]) {
        const first = await read();
        assert.equal(await store.counting("notModified", async () => assert.deepEqual(await read(), first)), 1);
      }
    });

    it("gets the new value once the store changed", async () => {
      const reader = client();
      assert.equal(await reader.get("text"), items.text);
      await store.put({ text: "new" });
      assert.equal(await store.counting("notModified", async () => assert.equal(await reader.get("text"), "new")), 0);
    });

    it("sees what was changed on disk", async () => {
      await store.put({ text: "before" });
      const reader = client();
      assert.equal(await reader.get("text"), "before");
      await store.edit('"key":"text","value":"before"', '"key":"text","value":"afterw"');
      assert.equal(await reader.get("text"), "afterw");
    });
  });
}
