// Two replicas over one PostgreSQL: the one that does not get the lock stands by, and is healthy.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { until } from "../../scripts/lib/until.mjs";
import { startPostgres } from "./postgres.mjs";
import { place, serve } from "./support.mjs";

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
  const asked = first.ask("PUT", "/edge-config");
  await until("sync of the first replica", async () => (await first.ask("PUT", "/edge-config")).status === 409);

  const second = await serve({ api: here.api, source: postgres.url });
  await second.ready();
  const health = await second.ask("GET", "/healthz");
  assert.deepEqual([health.status, health.body.status, health.body.version], [200, "ok", 1]);
  const put = await second.ask("PUT", "/edge-config");
  assert.deepEqual([put.status, put.body.error.code], [409, "locked"]);
  assert.match(put.body.error.message, /process \d+, application atlas-sync/);
  const metrics = (await second.ask("GET", "/metrics")).body;
  assert.match(metrics, /^atlas_sync_runs_total\{outcome="failed"\} 0$/m);
  assert.match(metrics, /^atlas_sync_runs_total\{outcome="standby"\} 2$/m);

  await lock.release();
  assert.equal((await asked).status, 200);
  assert.equal((await second.ask("PUT", "/edge-config")).status, 200, "the lock is free again");
  assert.deepEqual([await first.stop(), await second.stop()], [0, 0]);
});
