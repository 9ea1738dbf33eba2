// Paris: the job as a route, its two secrets, what it says when it fails, the health page, and the widgets that Paris
// serves where Atlas cannot.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";

import { SECRETS } from "../../scripts/lib/clickeen-servers.mjs";
import { CLICKEEN } from "../../scripts/lib/paths.mjs";
import { until } from "../../scripts/lib/until.mjs";
import { startParis } from "./support/stack.mjs";

/** The package as Paris has it installed. */
const { createAtlas } = createRequire(join(CLICKEEN, "paris", "package.json"))("@clickeen/atlas");

const JOB = "/jobs/atlas-sync";
const ADMIN = { secret: SECRETS.adminKey };
const HINT = { "atlas-refresh-hint": "reason=schema_version_mismatch, version=1" };

test("the job's route opens to each method's own secret, and to nothing else", async (t) => {
  const { ask, items } = await startParis(t);
  const wrong = [undefined, "", "undefined", "wrong", `${SECRETS.adminKey} `, SECRETS.adminKey.slice(0, -1)];
  for (const [method, others] of [["PUT", SECRETS.cronSecret], ["GET", SECRETS.adminKey]]) {
    for (const secret of [...wrong.filter((one) => one?.trim() !== SECRETS.adminKey), others]) {
      const { status, body } = await ask(method, JOB, { secret });
      assert.equal(status, 401, `${method} with ${secret}`);
      assert.equal(body.error.code, "unauthorized");
    }
  }
  const { status } = await ask("PUT", JOB, { headers: { authorization: `Basic ${SECRETS.adminKey}` } });
  assert.equal(status, 401);
  assert.deepEqual(await items(), {}, "nothing may be written without the secret");

  const byHand = await ask("PUT", JOB, ADMIN);
  assert.equal(byHand.status, 200);
  assert.equal(byHand.body.outcome, "published");
  assert.equal(byHand.body.version, 1);
  assert.equal((await items()).atlas_v1_manifest.checksum, byHand.body.checksum);
  const byCron = await ask("GET", JOB, { secret: SECRETS.cronSecret });
  assert.equal(byCron.status, 200);
  assert.equal(byCron.body.outcome, "unchanged");
});

test("where nothing is set nobody is let in, and Paris says what it lacks", async (t) => {
  const env = { INTERNAL_ADMIN_KEY: "", CRON_SECRET: "", DATABASE_URL: "", ATLAS_EDGE_CONFIG: "" };
  const { ask, deps } = await startParis(t, env);
  for (const method of ["PUT", "GET"]) {
    for (const secret of [undefined, "", "undefined", "null"]) {
      assert.equal((await ask(method, JOB, { secret })).status, 401, `${method} with ${secret}`);
    }
  }
  const { supabase, edgeConfig, atlas } = await deps();
  assert.deepEqual({ supabase, edgeConfig }, { supabase: { status: "error" }, edgeConfig: { status: "error" } });
  assert.equal(atlas.status, "error");
  for (const path of ["/api/instance/wgt_faq001", "/api/widget/wgt_faq001"]) {
    const { status, body } = await ask("GET", path);
    assert.equal(status, 502, path);
    assert.equal(body.error.code, "michael_unavailable");
  }
});

test("a sync that fails says why, leaves the snapshot, and shows on the health page until one is good", async (t) => {
  const { ask, sync, michael, items, deps } = await startParis(t);
  await sync();
  const before = await items();

  await t.test("row security that hides rows", async () => {
    await michael.change("drop policy published_data on plan_limits");
    const { status, body } = await ask("PUT", JOB, ADMIN);
    assert.equal(status, 502, JSON.stringify(body));
    assert.match(body.error.message, /plan_limits/);
    assert.match(body.error.code, /^[a-z_]+$/);
    await michael.change("create policy published_data on plan_limits for select to atlas_reader, paris using (true)");
  });
  await t.test("a row that must not be published", async () => {
    await michael.change("update widget_templates set schema_version = '1999-01-01' where template_id = 'faq-classic-light'");
    const { status, body } = await ask("PUT", JOB, ADMIN);
    assert.equal(status, 422, JSON.stringify(body));
    assert.match(body.error.message, /faq-classic-light/);
  });
  assert.deepEqual(await items(), before);
  const failed = (await deps()).atlas;
  assert.equal(failed.status, "degraded");
  assert.equal(failed.version, 1);

  await michael.change("update widget_templates set schema_version = '2025-09-01' where template_id = 'faq-classic-light'");
  assert.equal((await sync()).outcome, "unchanged");
  assert.equal((await deps()).atlas.status, "ok");
});

test("while a sync runs another is refused", async (t) => {
  const { ask, michael, paris } = await startParis(t);
  // The job waits for the table, and holds its own lock meanwhile.
  const table = await michael.lock("widget_templates");
  const asked = [ask("PUT", JOB, ADMIN), ask("GET", JOB, { secret: SECRETS.cronSecret })];
  // Whichever came later.
  const refused = await Promise.race(asked);
  assert.equal(refused.status, 409);
  assert.match(refused.body.error.code, /^(sync_running|locked)$/);
  await table.release();
  const [{ status, body }] = (await Promise.all(asked)).filter((answer) => answer !== refused);
  assert.equal(status, 200, `${JSON.stringify(body)}\n${paris.lines.join("\n")}`);
  assert.equal(body.outcome, "published");
});

test("deps.atlas through an outage of the store", async (t) => {
  const { sync, store, michael, restartStore, setFaults, deps } = await startParis(t);
  const none = await deps();
  assert.deepEqual([none.edgeConfig.status, none.atlas.status, none.atlas.version], ["ok", "error", null]);

  const { checksum } = await sync();
  const good = await deps();
  assert.deepEqual([good.supabase.status, good.edgeConfig.status, good.atlas.status], ["ok", "ok", "ok"]);
  assert.equal(good.atlas.version, 1);
  assert.equal(good.atlas.checksum, checksum);
  assert.ok(good.atlas.lastSyncAt >= good.atlas.checkedAt, JSON.stringify(good.atlas));
  assert.ok(good.atlas.lastSyncAgeSeconds < 60, JSON.stringify(good.atlas));

  await store.stop();
  const stopped = await deps();
  assert.deepEqual([stopped.edgeConfig.status, stopped.atlas.status], ["error", "degraded"]);
  assert.equal(stopped.atlas.version, 1, "the snapshot that was seen goes on counting");

  await restartStore();
  const back = await deps();
  assert.deepEqual([back.edgeConfig.status, back.atlas.status, back.atlas.version], ["ok", "ok", 1]);

  // The job knows what it has published, before the health page could read it.
  await michael.change("update widget_templates set name = 'Renamed' where template_id = 'faq-classic-light'");
  await setFaults([{ kind: "hang", on: "reads" }]);
  const started = performance.now();
  const hung = await deps();
  assert.deepEqual([hung.edgeConfig.status, hung.atlas.status, hung.atlas.version], ["error", "degraded", 1]);
  assert.ok(performance.now() - started < 4_000, "the health page waits for a hung store for 2 s");
  assert.equal((await sync()).version, 2);
  const published = await deps();
  assert.deepEqual([published.edgeConfig.status, published.atlas.status, published.atlas.version], ["error", "degraded", 2]);

  await setFaults([{ kind: "corrupt", key: "atlas_v1_manifest" }]);
  const corrupt = await deps();
  assert.deepEqual([corrupt.edgeConfig.status, corrupt.atlas.status, corrupt.atlas.version], ["ok", "error", null]);
});

test("hints lead to one sync in a minute, and an invalid header to none", async (t) => {
  const { ask, paris, deps, items } = await startParis(t);
  const fallback = (headers, secret = SECRETS.veniceKey) => ask("GET", "/api/widget/wgt_faq001", { secret, headers });
  assert.equal((await fallback({ "atlas-refresh-hint": "no hint at all" })).status, 200);
  assert.deepEqual(await items(), {});

  const answers = await Promise.all(Array.from({ length: 8 }, () => fallback(HINT)));
  for (const { status } of answers) assert.equal(status, 200);
  const told = (text) => paris.lines.filter((line) => line.includes(text)).length;
  await until("the sync's end", () => told("published, version 1") === 1);
  for (let count = 0; count < 5; count += 1) assert.equal((await fallback(HINT)).status, 200);
  assert.equal(told("Venice misses something"), 1);
  assert.equal((await deps()).atlas.version, 1);
});

test("hints and counts are Venice's: from others they are not heard", async (t) => {
  const { ask, paris, sync, deps } = await startParis(t);
  await sync();
  const fallback = (secret) => ask("GET", "/api/widget/wgt_faq001", { secret, headers: { ...HINT, "atlas-stats": "hits=7" } });
  for (const secret of [undefined, "", "wrong", SECRETS.adminKey, SECRETS.cronSecret]) {
    assert.equal((await fallback(secret)).status, 200, `${secret}`);
  }
  assert.equal((await deps()).atlas.lookups, 0);
  assert.deepEqual(paris.lines.filter((line) => line.includes("Venice misses something")), []);
  await fallback(SECRETS.veniceKey);
  assert.equal((await deps()).atlas.lookups, 7);
});

test("Paris gives for a widget what Atlas gives, by roles that can do no more", async (t) => {
  const { ask, sync, items, michael } = await startParis(t);
  await sync();
  const snapshot = await items();
  const atlas = createAtlas({ client: { getAll: async () => snapshot } });
  const ids = ["wgt_faq001", "wgt_ann001", "wgt_news001", "wgt_form001", "wgt_proof001", "wgt_testi001", "wgt_bare001"];
  for (const publicId of ids) {
    const { body: instance } = await ask("GET", `/api/instance/${publicId}`);
    const { body: widget } = await ask("GET", `/api/widget/${publicId}`);
    assert.deepEqual(widget.instance, instance);
    const { source, template, schema, hints } = await atlas.lookup(instance);
    assert.equal(source, "atlas", publicId);
    assert.deepEqual({ template: widget.template, schema: widget.schema, hints: widget.hints }, { template, schema, hints });
  }
  for (const path of ["/api/instance/wgt_none", "/api/widget/wgt_none", "/api/widget/%00", "/api/instance/a'b"]) {
    const { status, body } = await ask("GET", path);
    assert.equal(status, 404, path);
    assert.equal(body.error.code, "not_found");
  }

  await assert.rejects(michael.as("atlas_reader", "select * from widget_instances"), /permission denied/);
  for (const role of ["atlas_reader", "paris"]) {
    await assert.rejects(michael.as(role, "update widget_templates set name = 'x'"), /permission denied/, role);
    assert.equal(await michael.as(role, "select count(*) from plan_limits"), "2", role);
  }
});
