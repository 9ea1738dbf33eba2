// What the real SDKs make of a store that fails: the facts that Atlas's reader is built on.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { until } from "../../scripts/lib/until.mjs";
import { SDKS, startStore } from "./store.mjs";

let store;
before(async () => (store = await startStore()));
after(() => store.stop());
beforeEach(() => store.faults());

for (const { name, createClient } of SDKS) {
  describe(name, () => {
    const client = (options) => createClient(store.connectionString, options);
    beforeEach(() => store.put({ a: "old", b: { c: "text" } }));

    it("hides a 500 behind the old value unless staleIfError is false", async () => {
      const hiding = client();
      const honest = client({ staleIfError: false });
      assert.equal(await hiding.get("a"), "old");
      assert.equal(await honest.get("a"), "old");
      await store.put({ a: "new" });
      for (const status of [500, 502, 503, 504]) {
        await store.faults({ kind: "status", status, on: "reads" });
        assert.equal(await hiding.get("a"), "old");
        await assert.rejects(honest.get("a"), { message: new RegExp(`status code ${status}$`) });
      }
    });

    it("hides a dropped connection too, unless staleIfError is false", async () => {
      const hiding = client();
      assert.equal(await hiding.get("a"), "old");
      await store.faults({ kind: "drop", on: "reads" });
      assert.equal(await hiding.get("a"), "old");
      await assert.rejects(client({ staleIfError: false }).get("a"), TypeError);
    });

    it("throws a 429, whatever it has", async () => {
      const hiding = client();
      assert.equal(await hiding.get("a"), "old");
      await store.faults({ kind: "rateLimited", retryAfterSeconds: 1, on: "reads" });
      await assert.rejects(hiding.get("a"), { message: /status code 429$/ });
    });

    it("waits for a store that hangs for as long as it hangs", async () => {
      await store.faults({ kind: "hang", on: "reads", times: 1 });
      let settled = false;
      const pending = client({ staleIfError: false }).get("a");
      pending.then(() => (settled = true), () => (settled = true));
      await until("read that waits", async () => (await store.reads()).pending === 1);
      // A whole request that is answered in the meantime, and the turns of the event loop that it takes.
      assert.equal(await client().get("a"), "old");
      assert.equal(settled, false);
    });

    it("hands on a corrupt value as if it were good, even to one who has the good one", async () => {
      const reader = client();
      assert.deepEqual(await reader.get("b"), { c: "text" });
      await store.faults({ kind: "corrupt", key: "b" });
      const corrupt = JSON.stringify(await reader.get("b"));
      assert.equal(corrupt.length, '{"c":"text"}'.length);
      assert.notEqual(corrupt, '{"c":"text"}');
    });

    it("hands on an old version as if it were the latest", async () => {
      await store.put({ a: "new" });
      const reader = client();
      assert.equal(await reader.get("a"), "new");
      await store.faults({ kind: "oldVersion" });
      assert.equal(await reader.get("a"), "old");
    });

    it("in development, serves the copy in memory and fetches a new one behind it", async (t) => {
      const before = process.env.NODE_ENV;
      process.env.NODE_ENV = "development";
      t.after(() => (before === undefined ? delete process.env.NODE_ENV : (process.env.NODE_ENV = before)));
      const reader = client();
      assert.equal(await reader.get("a"), "old");
      const digest = await reader.digest();
      assert.match(digest, /^[0-9a-f]{64}$/);
      // Behind each read the copy is fetched again, with its tag: a 304 without the digest header would leave a later
      // read with a null digest.
      for (let round = 0; round < 5; round += 1) {
        const { notModified } = await store.reads();
        // A read while the last fetch is under way begins none of its own: so each look at the counter asks again.
        let looks = 0;
        do {
          assert.equal(await reader.digest(), digest);
          looks += 1;
        } while ((await store.reads()).notModified === notModified && looks < 1000);
        assert.ok(looks < 1000, "nothing was fetched behind the reads");
      }
    });
  });
}
