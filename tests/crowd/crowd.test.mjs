// A thousand lookups at once on one cold reader.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { until } from "../../scripts/lib/until.mjs";
import { RUNTIMES, fixture, setUp } from "./setting.mjs";

const LOOKUPS = 1_000;
const WARM_CROWDS = 3;

/**
 * How many crowds may leave how many bytes: fewer than 170 for each lookup, of which one reads 5 000. Node's own sockets
 * come and go in megabytes; workerd's isolate holds nothing but the worker.
 */
const MEMORY = { node: { crowds: 12, mostLeft: 2_000_000 }, workerd: { crowds: 4, mostLeft: 500_000 } };

for (const name of Object.keys(RUNTIMES)) {
  describe(name, () => {
    let whole;
    let app;
    before(async () => {
      whole = await fixture("whole");
      app = await setUp(name, whole.items);
    });
    after(() => app?.tearDown());

    const crowd = async ({ oneRequest }) => {
      await app.ask("start", { connection: app.store.connectionString, sdk: { staleIfError: false }, now: Date.parse(whole.now) });
      const request = whole.lookup;
      const decisions = oneRequest ? await app.ask("crowd", { request, lookups: LOOKUPS }) : await app.lookUp(request, LOOKUPS);
      const { rejections, reads, events, health } = await app.ask("state");
      return { decisions, rejections, reads, events, health };
    };

    const assertRight = ({ decisions, rejections, events, health }) => {
      assert.equal(decisions.length, LOOKUPS);
      assert.deepEqual([rejections, events], [[], []]);
      for (const { source, template, schema, hints } of decisions) {
        assert.equal(source, "atlas");
        assert.equal(template.name, "FAQ Classic Light");
        assert.equal(schema.properties.items.maxItems, 20);
        assert.equal(hints.branding.enforced, false);
      }
      assert.deepEqual([health.lookups, health.hitRate], [LOOKUPS, 1]);
    };

    test("all are right, each in a request of its own, and nothing is left unhandled", async (t) => {
      // Slow enough that many lookups have begun before the first answer is there.
      await app.store.faults({ kind: "slow", ms: 500, on: "reads" });
      const found = await crowd({ oneRequest: false });
      await app.store.faults();
      assertRight(found);
      assert.ok(found.reads > 1, "no two of them were under way at once");
      t.diagnostic(`${found.reads} lookups read the store`);
    });

    test("all are right within one request", async () => {
      const found = await crowd({ oneRequest: true });
      assertRight(found);
      assert.equal(found.reads, LOOKUPS, "each reads for itself, and waits for no other");
    });

    test("the memory goes back to where it was", async (t) => {
      const { crowds, mostLeft } = MEMORY[name];
      // In Node a request of its own for each would be a thousand sockets more in the same process.
      const oneRequest = name === "node";
      for (let n = 0; n < WARM_CROWDS; n += 1) await crowd({ oneRequest });
      const usedBefore = await app.usedBytes();
      for (let n = 0; n < crowds; n += 1) await crowd({ oneRequest });
      let left;
      await until(`return of the memory to ${usedBefore} + ${mostLeft} bytes`, async () => {
        left = (await app.usedBytes()) - usedBefore;
        return left < mostLeft;
      }, 60_000);
      t.diagnostic(`${left} bytes more after ${crowds * LOOKUPS} lookups on ${crowds} cold readers`);
    });
  });
}
