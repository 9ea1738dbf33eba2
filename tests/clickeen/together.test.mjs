// Paris and Venice together: what Venice misses mends itself, and what it counts shows on Paris's health page.
import assert from "node:assert/strict";
import { test } from "node:test";

import { until } from "../../scripts/lib/until.mjs";
import { spread, startStack } from "./support/stack.mjs";

test("a refresh hint leads to a sync, and the widget to a hit", async (t) => {
  const stack = await startStack(t, { paris: { ATLAS_HINTS_EVERY_MS: "0" } });
  await stack.untilHit("wgt_faq001");
  // Michael gets the version that the instance was saved with; nobody runs the job.
  await stack.michael.change(`
    insert into widget_schemas (widget_type, schema_version, schema)
      select widget_type, '2026-01-15', schema from widget_schemas where widget_type = 'content.faq';
    update widget_templates set schema_version = '2026-01-15' where template_id = 'faq-classic-light'`);
  const first = await stack.get("wgt_next001");
  assert.equal(first.status, 200);
  assert.equal(first.atlas, "fallback; reason=schema_version_mismatch");
  const hit = await stack.untilHit("wgt_next001");
  assert.equal(hit.atlas, "hit; version=2");
  assert.ok(hit.body.includes("Frequently Asked Questions"), hit.body);
});

test("a row that changes is served by Venice within its refresh and three seconds", async (t) => {
  const stack = await startStack(t);
  await stack.untilHit("wgt_faq001");
  await stack.startJob();
  const times = [];
  for (const name of ["changed", "changed again", "changed for the last time"]) {
    const began = performance.now();
    await stack.michael.change(`update widget_templates set name = '${name}' where template_id = 'faq-classic-light'`);
    // A fallback would show it at once: Paris reads Michael.
    await stack.untilAnswer("wgt_faq001", name, ({ atlas, body }) => atlas?.startsWith("hit;") && body.includes(`<title>${name}</title>`));
    times.push(performance.now() - began);
  }
  const { median } = spread(times);
  t.diagnostic(`${times.map(Math.round).join(", ")} ms`);
  assert.ok(median <= stack.refreshMs + 3_000, `${times.map(Math.round).join(", ")} ms`);
});

test("what Venice counted through an outage shows in deps.atlas", async (t) => {
  const stack = await startStack(t);
  for (let count = 0; count < 60; count += 1) await stack.untilHit("wgt_proof001");
  // A fallback brings the counters along.
  await stack.get("wgt_next001");
  const quiet = (await stack.deps()).atlas;
  assert.equal(quiet.status, "ok");
  assert.ok(quiet.hitRate > 0.9 && quiet.hitRate < 1, JSON.stringify(quiet));
  assert.ok(quiet.lookups >= 61, JSON.stringify(quiet));
  assert.equal(quiet.fallbacks.schema_version_mismatch, 1, JSON.stringify(quiet));

  await stack.store.stop();
  const outage = await until("a fallback rate over 10 %", async () => {
    await stack.get("wgt_proof001");
    const { edgeConfig, atlas } = await stack.deps();
    return edgeConfig.status === "error" && atlas.hitRate < 0.9 ? atlas : undefined;
  });
  assert.equal(outage.status, "degraded");
  assert.equal(outage.version, 1);
  assert.ok(outage.fallbacks.unavailable >= 1, JSON.stringify(outage));

  await stack.restartStore();
  await stack.untilHit("wgt_proof001");
  const { edgeConfig, atlas } = await stack.deps();
  assert.equal(edgeConfig.status, "ok");
  // The hour that is counted still holds the outage.
  assert.equal(atlas.status, "degraded");
});
