// A store that hangs, comes back, or dies behind an SDK that hides it. The readers' clock is handed in, and moved here.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { RUNTIMES, fixture, reasons, setUp } from "./setting.mjs";

const REFRESH_MS = 10_000;
const TIMEOUT_MS = 50;
const MAX_AGE_MS = 13 * 3_600_000;
const BREAKER_MS = 5_000;
/** A reader's probes come up to a tenth earlier, by a part of its own. */
const LONGEST_JITTER_MS = BREAKER_MS / 10;

for (const name of Object.keys(RUNTIMES)) {
  describe(name, () => {
    let whole;
    let app;
    let request;
    before(async () => {
      whole = await fixture("whole");
      request = whole.lookup;
      app = await setUp(name, whole.items);
    });
    after(() => app?.tearDown());
    beforeEach(async () => {
      await app.store.faults();
      await app.store.put(whole.items);
    });

    const start = (options) =>
      app.ask("start", { connection: app.store.connectionString, sdk: { staleIfError: false }, now: Date.parse(whole.now), ...options });
    const lookUp = async (times) => reasons(await app.lookUp(request, times));
    const advance = (ms) => app.ask("advance", { ms });
    const timed = async () => {
      const { decision, ms } = await app.ask("lookup", { request });
      return { reason: decision.reason, ms };
    };

    test("while the store hangs three lookups pay for it, then none but one probe each 5 s; then hits again", async () => {
      await start();
      assert.deepEqual(await lookUp(), ["hit"]);
      await app.store.faults({ kind: "hang", on: "reads" });
      await advance(REFRESH_MS);
      await app.ask("realTime");
      await app.ask("state");

      for (let n = 0; n < 3; n += 1) {
        const { reason, ms } = await timed();
        assert.equal(reason, "timeout");
        // A timer may be early by a part of a millisecond.
        assert.ok(ms >= TIMEOUT_MS - 2, `${ms} ms`);
      }
      let { reads, timers, events } = await app.ask("state");
      assert.deepEqual([reads, timers], [3, [TIMEOUT_MS, TIMEOUT_MS, TIMEOUT_MS]]);
      const logged = events;

      const nobodyWaits = async (times) => {
        assert.deepEqual(await lookUp(times), Array(times).fill("breaker_open"));
        ({ reads, timers, events } = await app.ask("state"));
        assert.deepEqual([reads, timers, events], [0, [], []]);
      };
      await nobodyWaits(20);
      await advance(BREAKER_MS - LONGEST_JITTER_MS - 1);
      await nobodyWaits(20);

      for (let probe = 0; probe < 2; probe += 1) {
        await advance(LONGEST_JITTER_MS + 1);
        assert.deepEqual((await lookUp(20)).sort(), [...Array(19).fill("breaker_open"), "timeout"]);
        ({ reads, timers } = await app.ask("state"));
        assert.deepEqual([reads, timers], [1, [TIMEOUT_MS]]);
        await advance(BREAKER_MS - LONGEST_JITTER_MS - 1);
        await nobodyWaits(20);
      }

      await app.store.faults();
      // The probe is a real read of 50 ms; on a busy machine the first may be too slow, and the next one is not.
      let seconds = 0;
      while ((await lookUp())[0] !== "hit") {
        await advance(1_000);
        seconds += 1;
        assert.ok(seconds < 100, "no hit again");
      }
      ({ events } = await app.ask("state"));
      assert.deepEqual(await lookUp(20), Array(20).fill("hit"));
      const names = [...logged, ...events].map(({ event }) => event).filter((event) => event !== "atlas_unavailable");
      assert.deepEqual(names, ["atlas_recovered"]);
      assert.equal(logged.length, 1, "one line for the outage");
      assert.deepEqual((await app.ask("state")).rejections, []);
    });

    test("when the store is back, hits follow within 5 s", async () => {
      await start();
      assert.deepEqual(await lookUp(), ["hit"]);
      await app.store.faults({ kind: "status", status: 500, on: "reads" });
      await advance(REFRESH_MS);
      for (let n = 0; n < 3; n += 1) assert.deepEqual(await lookUp(), ["unavailable"]);
      await app.store.faults();
      const found = [];
      for (let second = 0; second <= 5; second += 1) {
        found.push(...(await lookUp()));
        await advance(1_000);
      }
      assert.deepEqual(found, [...Array(5).fill("breaker_open"), "hit"]);
      const { events } = await app.ask("state");
      assert.deepEqual(events.map(({ event }) => event), ["atlas_unavailable", "atlas_recovered"]);
    });

    test("a crowd on a hung store waits once, together", async () => {
      await start();
      await app.ask("realTime");
      await app.store.faults({ kind: "hang", on: "reads" });
      const decisions = await app.ask("crowd", { request, lookups: 100 });
      assert.deepEqual(reasons(decisions), Array(100).fill("timeout"));
      const { timers, rejections } = await app.ask("state");
      assert.deepEqual([timers, rejections], [Array(100).fill(TIMEOUT_MS), []]);
      assert.deepEqual(await lookUp(20), Array(20).fill("breaker_open"));
    });

    test("however often a lookup reads, one deadline of 50 ms is for all of it, whatever the clock says", async () => {
      await app.store.put((await fixture("entry-of-another-snapshot")).items);
      await start({ readMs: 50 });
      assert.deepEqual(await lookUp(), ["corrupt"]);
      const { timers, reads } = await app.ask("state");
      assert.deepEqual([timers, reads], [[50], 2]);
    });

    test("a store that died behind the SDK is noticed by its age, and not served beyond the greatest", async () => {
      const age = Date.parse(whole.now) - Date.parse("2026-11-22T12:00:00.000Z");
      // staleIfError is on unless it is turned off.
      await start({ sdk: undefined });
      assert.deepEqual(await lookUp(), ["hit"]);
      await app.store.faults({ kind: "drop", on: "reads" });
      await advance(REFRESH_MS);
      await app.ask("state");
      const [hidden] = await app.lookUp(request);
      assert.deepEqual([hidden.source, hidden.ageMs], ["atlas", age + REFRESH_MS], "the SDK hides the outage");
      assert.equal((await app.ask("state")).reads, 1);

      await advance(MAX_AGE_MS - age - REFRESH_MS);
      const [oldest] = await app.lookUp(request);
      assert.deepEqual([oldest.source, oldest.ageMs], ["atlas", MAX_AGE_MS]);
      assert.equal((await app.ask("state")).health.lastSyncAgeSeconds, MAX_AGE_MS / 1000);
      await advance(1);
      const [expired] = await app.lookUp(request);
      assert.deepEqual([expired.reason, expired.refreshHint], ["expired", true]);
      await advance(REFRESH_MS);
      assert.deepEqual(await lookUp(), ["expired"], "nor after another read that the SDK made up");
      const { health, events, reads } = await app.ask("state");
      assert.deepEqual([health.status, reads], ["error", 1]);
      assert.deepEqual(events.map(({ event, reason }) => [event, reason]), [["atlas_stale", "expired"]]);
    });

    test("with staleIfError off the same outage is told at once", async () => {
      await start();
      assert.deepEqual(await lookUp(), ["hit"]);
      await app.store.faults({ kind: "drop", on: "reads" });
      await advance(REFRESH_MS);
      assert.deepEqual(await lookUp(), ["unavailable"]);
    });
  });
}
