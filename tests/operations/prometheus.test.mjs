// The job beside the real Prometheus: scraped, linted, and what it shows on a bad day.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { until } from "../../scripts/lib/until.mjs";
import { promtool, startPrometheus } from "./prometheus.mjs";
import { METRICS_TOKEN, place, serve } from "./support.mjs";

let here;
let job;
let prometheus;

before(async () => {
  here = await place();
  // Short, so that a store that fails is given up soon.
  job = await serve({ api: here.api, args: ["--deadline", "2s"] });
  await job.ready();
  prometheus = await startPrometheus({ directory: here.directory, target: new URL(job.url).host });
});
after(() => here.end());

const value = (query) => prometheus.value(query);

test("Prometheus scrapes the job with the metrics token", async () => {
  await until("scrape", async () => (await value('up{job="atlas"}')) === 1);
  assert.equal(await value('atlas_sync_runs_total{outcome="published"}'), 1);
  assert.equal(await value('atlas_sync_runs_total{outcome="failed"}'), 0, "every outcome is there from the start");
  assert.equal(await value("atlas_snapshot_version"), 1);
  assert.equal(await value("atlas_build_info"), 1);
  assert.ok(Math.abs((await value("time() - atlas_sync_last_success_timestamp_seconds"))) < 120);
});

test("promtool finds nothing to mend", async () => {
  const { status, body } = await job.ask("GET", "/metrics");
  assert.equal(status, 200);
  assert.deepEqual(await promtool(["check", "metrics"], { input: body }), { code: 0, output: "" });
});

test("an outage of the store's API leaves the job degraded, and ready", async () => {
  here.api.fails = true;
  const { status, body } = await job.ask("PUT", "/edge-config");
  assert.deepEqual([status, body.outcome], [502, "failed"]);
  const health = await job.ask("GET", "/healthz", METRICS_TOKEN);
  assert.deepEqual([health.status, health.body.status, health.body.version], [200, "degraded", 1]);
  assert.equal((await job.ask("GET", "/readyz")).status, 200);
  await until("failed sync in Prometheus", async () => (await value('atlas_sync_runs_total{outcome="failed"}')) === 1);
  assert.equal(await value("atlas_snapshot_version"), 1, "what is known is not forgotten");
  here.api.fails = false;
  assert.equal((await job.ask("PUT", "/edge-config")).body.outcome, "unchanged");
  const { body: after } = await job.ask("GET", "/healthz");
  assert.equal(after.status, "ok");
  assert.ok(after.lastSyncAt > after.checkedAt, "a sync that had nothing to write is a sync");
});

test("the log says why each sync ran", () => {
  const causes = job.lines.filter((line) => line.includes("sync ended")).map((line) => JSON.parse(line).fields.cause);
  assert.deepEqual(causes, ["start", "request", "request"]);
});
