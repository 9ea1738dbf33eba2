// What operators load: the rules that `atlas-sync alerts` prints, checked, unit-tested and fired by the real Prometheus
// beside a job that fails; and the dashboard of `atlas-sync dashboard`. Both ask for metrics that the job has, and no others.
import assert from "node:assert/strict";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { MICHAEL, ROOT } from "../../scripts/lib/paths.mjs";
import { until } from "../../scripts/lib/until.mjs";
import { startPostgres } from "./postgres.mjs";
import { promtool, startPrometheus } from "./prometheus.mjs";
import { clockSetTo, place, run, serve, settableClock } from "./support.mjs";

const UNIT_TESTS = join(ROOT, "tests", "operations", "alerts.test.yaml");

let here;
let alerts;
let dashboard;
before(async () => {
  here = await place();
  [alerts, dashboard] = [await printed("alerts"), JSON.parse(await printed("dashboard"))];
  await writeFile(join(here.directory, "alerts.yaml"), `${alerts}\n`);
});
after(() => here.end());

async function printed(command) {
  const { code, stdout, stderr } = await run([command], {});
  assert.deepEqual([code, stderr], [0, ""]);
  return stdout;
}

/** The names of the alerts among the rules. */
const names = () => [...alerts.matchAll(/^ *- alert: (\w+)$/gm)].map(([, name]) => name);

/** Each `atlas_…` in a text, with the labels that it selects by. */
const selectors = (text) => [...new Set([...text.matchAll(/\batlas_\w+(\{[^}]*\})?/g)].map(([selector]) => selector))];

test("promtool finds nothing to mend in the rules", async () => {
  const { code, output } = await promtool(["check", "rules", "alerts.yaml"], { cwd: here.directory });
  assert.equal(code, 0, output);
  assert.match(output, new RegExp(`SUCCESS: ${names().length} rules found`));
});

test("each alert fires when it should, and not before", async () => {
  await copyFile(UNIT_TESTS, join(here.directory, "alerts.test.yaml"));
  const { code, output } = await promtool(["test", "rules", "alerts.test.yaml"], { cwd: here.directory });
  assert.equal(code, 0, output);
  const tested = await readFile(UNIT_TESTS, "utf8");
  for (const name of names()) assert.ok(tested.includes(`alertname="${name}"`), `${name} has no test in which it fires`);
});

test("the rules and the dashboard ask for what the job has", async (t) => {
  const michael = await startPostgres();
  t.after(michael.stop);
  const job = await serve({ api: here.api, source: michael.url, args: ["--listen-channel", "atlas", "--write-quota", "100/hour"] });
  await job.ready();
  const prometheus = await startPrometheus({ directory: here.directory, target: new URL(job.url).host });
  // Two samples of each: a rate needs them.
  await until("two scrapes", async () => (await prometheus.value("count_over_time(atlas_build_info[1m])")) >= 2);
  await observe(job, "hits=1");
  await until("a rate of hits", async () => (await prometheus.value('rate(atlas_lookups_total{result="hit"}[1m])')) > 0);

  // A name that is misspelt, a label or a value that is not there: each is a selector without a series.
  assert.ok(selectors(alerts).length >= 8, alerts);
  for (const selector of selectors(alerts.replaceAll("{{ $labels.job }}", "atlas"))) {
    assert.ok((await prometheus.query(selector)).length > 0, `the rules ask for ${selector}, which the job does not have`);
  }
  for (const { title, targets } of dashboard.panels) {
    for (const { expr } of targets) {
      const asked = expr.replaceAll("$__rate_interval", "1m").replaceAll("$job", "atlas");
      assert.ok((await prometheus.query(asked)).length > 0, `the panel ${title} shows nothing for ${asked}`);
    }
  }
  // And the other way round: what the job tells is on the dashboard.
  const { body } = await job.ask("GET", "/metrics");
  const families = [...body.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name);
  assert.ok(families.length >= 12, body);
  const shown = JSON.stringify(dashboard);
  for (const family of families) assert.ok(shown.includes(family), `no panel shows ${family}`);
  await prometheus.stop();
  assert.equal(await job.stop(), 0);
});

test("a job with a wrong clock and bad readings raises its alerts in Prometheus, and mended it clears them", async (t) => {
  // A snapshot of ten hours ago, and a job whose clock is five minutes ahead: every sync is refused.
  const there = await place();
  t.after(there.end);
  const state = `file:${join(there.directory, "store.json")}`;
  assert.equal((await run(["sync", "--source", `file:${MICHAEL}`, "--store", state], await clockSetTo("-10h"))).code, 0);
  const clock = await settableClock(there.directory);
  await clock.set("+5m");
  const job = await serve({ api: there.api, env: clock.env });
  await job.ready();

  // The rules as they are printed, but for their waits, which are minutes and hours: here one second each.
  const impatient = join(there.directory, "alerts.yaml");
  await writeFile(impatient, `${alerts.replaceAll(/^( *for:) \w+$/gm, "$1 1s")}\n`);
  const prometheus = await startPrometheus({ directory: there.directory, target: new URL(job.url).host, rules: impatient });
  const firing = async () => {
    const { alerts: found } = await prometheus.ask("alerts");
    return found.filter(({ state }) => state === "firing");
  };
  const namesFiring = async () => [...new Set((await firing()).map(({ labels }) => labels.alertname))].sort();
  const fires = (wanted) => until(`exactly ${wanted.join(", ") || "no alert"} firing`, async () => {
    return JSON.stringify(await namesFiring()) === JSON.stringify(wanted);
  }, 60_000);

  // What counts from its second sample on: a refusal more, and lookups.
  await until("scrape", async () => (await prometheus.value("atlas_build_info")) === 1);
  await fires(["AtlasClockSkew", "AtlasNoSuccess", "AtlasSnapshotOld"]);
  assert.equal((await job.ask("PUT", "/edge-config")).body.error.code, "clock_skew");
  await observe(job, "hits=80, timeout=120");
  await fires(["AtlasClockSkew", "AtlasHitRateLow", "AtlasNoSuccess", "AtlasSnapshotOld", "AtlasSyncRefused"]);
  for (const { labels, annotations } of await firing()) {
    assert.ok(annotations.summary.includes(labels.instance ?? "atlas"), JSON.stringify(annotations));
    assert.ok(!/<no value>|error/.test(annotations.summary), JSON.stringify(annotations));
  }
  // The query in the alert's text is to be pasted: one line for each reason, of this job alone.
  const { annotations } = (await firing()).find(({ labels }) => labels.alertname === "AtlasHitRateLow");
  const [, query] = /`(topk[^`]+)`/.exec(annotations.description);
  assert.ok(query.includes('job="atlas"'), query);
  const [first] = (await prometheus.query(query)).sort((a, b) => b.value[1] - a.value[1]);
  assert.deepEqual(first.metric, { result: "timeout" });

  await clock.set("+0");
  assert.equal((await job.ask("PUT", "/edge-config")).body.outcome, "heartbeat");
  await observe(job, "hits=5000");
  await fires([]);
  await prometheus.stop();
  assert.equal(await job.stop(), 0);
});

async function observe(job, stats) {
  assert.equal((await job.ask("POST", "/observe", undefined, { "atlas-stats": stats })).status, 204);
}
