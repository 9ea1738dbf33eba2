// Over one PostgreSQL: two replicas, of which the one that does not get the lock stands by and is healthy; and a machine
// whose clock is not the database's.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { startPostgres } from "./postgres.mjs";
import { clockSetTo, place, run, serve } from "./support.mjs";

let here;
let postgres;
before(async () => {
  [here, postgres] = [await place(), await startPostgres()];
});
after(async () => {
  await here.end();
  await postgres.stop();
});

test("a replica without the lock stands by, healthy, and says who holds it", async () => {
  const first = await serve({ api: here.api, source: postgres.url });
  await first.ready();
  const lock = await postgres.lockTable();
  const asked = [first.ask("PUT", "/edge-config"), first.ask("PUT", "/edge-config")];
  assert.equal((await Promise.race(asked)).status, 409, "one sync is under way, whichever came first");

  const second = await serve({ api: here.api, source: postgres.url });
  await second.ready();
  const health = await second.ask("GET", "/healthz");
  assert.deepEqual([health.status, health.body.status, health.body.version], [200, "ok", 1]);
  const put = await second.ask("PUT", "/edge-config");
  assert.deepEqual([put.status, put.body.error.code], [409, "locked"]);
  assert.match(put.body.error.message, /process \d+, role \w+, application atlas-sync/);
  const locked = second.lines.filter((line) => line.includes('"code":"locked"')).map((line) => JSON.parse(line));
  assert.ok(locked.length >= 2 && locked.every(({ level }) => level === "WARN"), "to stand by is no error");
  const metrics = (await second.ask("GET", "/metrics")).body;
  assert.match(metrics, /^atlas_sync_runs_total\{outcome="failed"\} 0$/m);
  assert.match(metrics, /^atlas_sync_runs_total\{outcome="standby"\} 2$/m);

  await lock.release();
  assert.deepEqual((await Promise.all(asked)).map(({ status }) => status).sort(), [200, 409]);
  assert.equal((await second.ask("PUT", "/edge-config")).status, 200, "the lock is free again");
  assert.deepEqual([await first.stop(), await second.stop()], [0, 0]);
});

test("a run compares its clock with PostgreSQL's", async () => {
  const store = `file:${join(here.directory, "clock.json")}`;
  for (const [offset, code, side] of [["+0", 0, null], ["+40s", 0, "ahead"], ["-40s", 0, "behind"], ["+5m", 5, "ahead"], ["-5m", 5, "behind"]]) {
    const args = ["sync", "--json", "--source", postgres.url, "--store", store];
    const { code: found, stdout } = await run(args, await clockSetTo(offset));
    const report = JSON.parse(stdout);
    assert.equal(found, code, `${offset}: ${stdout}`);
    const told = [...report.warnings, report.error?.message ?? ""].filter((text) => text.includes("clock"));
    assert.equal(told.length, side === null ? 0 : 1, stdout);
    if (side !== null) assert.ok(told[0].includes(side) && told[0].includes("Michael's server"), told[0]);
  }
});
