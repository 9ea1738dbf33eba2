// What the commands and the job do when this machine's clock is wrong, or is set while they run.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { MICHAEL } from "../../scripts/lib/paths.mjs";
import { until } from "../../scripts/lib/until.mjs";
import { clockSetTo, place, publisher, run, serve, settableClock } from "./support.mjs";

let here;
before(async () => (here = await place()));
after(() => here.end());

test("verify judges as a reader would at this moment", async () => {
  const file = join(here.directory, "verified.json");
  const store = `file:${file}`;
  assert.equal((await run(["sync", "--source", `file:${MICHAEL}`, "--store", store], {})).code, 0);
  const written = await readFile(file, "utf8");
  for (const [offset, code, name, says] of [
    ["+0", 0, null],
    ["+12h", 0, null],
    ["+14h", 8, "expired", "expected checkedAt at most 13 h ago, found "],
    ["-4m", 0, null],
    ["-6m", 8, "clock_skew", "expected checkedAt at most 5 min in the future, found "],
  ]) {
    const { code: found, stdout } = await run(["verify", "--json", "--store", store], await clockSetTo(offset));
    const report = JSON.parse(stdout);
    assert.equal(found, code, `${offset}: ${stdout}`);
    assert.equal(report.error?.code ?? null, name, offset);
    assert.equal(report.error?.message.includes(says), says && true, `${offset}: ${stdout}`);
    assert.equal(await readFile(file, "utf8"), written, "verify writes nothing");
    assert.equal(report.verified, code === 0, offset);
    assert.equal(report.entries.length, 4, "what is there is shown, verified or not");
  }
});

test("a run warns from half a minute on, and refuses from 4 minutes on", async () => {
  const sync = async (offset) => {
    const args = ["sync", "--json", "--heartbeat", "0s", "--source", `file:${MICHAEL}`];
    const { code, stdout } = await run(args, { ...publisher(here.api), ...(await clockSetTo(offset)) });
    return { code, report: JSON.parse(stdout) };
  };
  const right = await sync("+0");
  assert.deepEqual([right.code, right.report.warnings.filter((text) => text.includes("clock"))], [0, []]);
  assert.equal((await manifest(here.api)).checkedAt, right.report.checkedAt);
  for (const [offset, side] of [["+40s", "ahead"], ["-40s", "behind"]]) {
    const { code, report } = await sync(offset);
    const warned = report.warnings.some((text) => text.includes("clock") && text.includes(side));
    assert.deepEqual([code, warned], [0, true], JSON.stringify(report));
    const { version, checkedAt } = await manifest(here.api);
    assert.deepEqual([version, checkedAt], [report.version, report.checkedAt], "what it warns of is published");
  }
  const before = await items(here.api);
  for (const [offset, says] of [
    ["+5m", /that of the store's server to within 4 minutes, found it (29\d|30\d) s ahead/],
    ["-5m", /that of the store's server to within 4 minutes, found it (29\d|30\d) s behind/],
    ["+2d", /to within 4 minutes, found it 17\d{4} s ahead; .* set the clock/],
  ]) {
    const { code, report } = await sync(offset);
    assert.deepEqual([code, report.outcome, report.error.code], [5, "refused", "clock_skew"], offset);
    assert.match(report.error.message, says);
    assert.match(report.error.message, /nothing was written/);
    assert.equal(await items(here.api), before, `${offset}: nothing was written`);
  }
});

test("the clock of Supabase's REST API is compared as that of PostgreSQL is", async () => {
  for (const [seconds, code, says] of [
    [0, 0, null],
    [-40, 0, "ahead compared with that of Michael's server"],
    [40, 0, "behind compared with that of Michael's server"],
    [-300, 5, "that of Michael's server to within 4 minutes, found it 29"],
    [300, 5, "that of Michael's server to within 4 minutes, found it"],
  ]) {
    const api = await restApi(seconds);
    const store = join(here.directory, `rest${seconds}.json`);
    const env = { SUPABASE_URL: api.url, SUPABASE_SERVICE_ROLE_KEY: "sb_secret_of_a_test" };
    const { code: found, stdout } = await run(["sync", "--json", "--source", "supabase", "--store", `file:${store}`], env);
    await api.end();
    const report = JSON.parse(stdout);
    assert.equal(found, code, `${seconds}: ${stdout}`);
    const told = code === 0 ? report.warnings.filter((text) => text.includes("clock")) : [report.error.message];
    assert.ok(says === null ? told.length === 0 : told.some((text) => text.includes(says)), `${seconds}: ${told}`);
    assert.equal(existsSync(store), code === 0, "a run that refuses writes nothing");
  }
});

test("a clock that is set while the job runs leaves it degraded, and back it is healthy", async () => {
  const clock = await settableClock(here.directory);
  const job = await serve({ api: here.api, env: clock.env });
  await job.ready();
  assert.equal((await job.ask("GET", "/healthz")).body.status, "ok");
  for (const [offset, side] of [["+2d", "ahead"], ["-2d", "behind"]]) {
    const before = await items(here.api);
    await clock.set(offset);
    const { status, body } = await job.ask("PUT", "/edge-config");
    assert.deepEqual([status, body.error.code], [422, "clock_skew"], offset);
    assert.match(body.error.message, new RegExp(`within 4 minutes, found it 17\\d{4} s ${side}`));
    assert.equal(await items(here.api), before, `${offset}: nothing was written`);
    const health = await job.ask("GET", "/healthz");
    assert.deepEqual([health.status, health.body.status], [200, "degraded"], `${offset} ${JSON.stringify(health)}`);
    assert.equal((await job.ask("GET", "/readyz")).status, 200, offset);
    await clock.set("+0");
    assert.equal((await job.ask("PUT", "/edge-config")).status, 200);
    assert.equal((await job.ask("GET", "/healthz")).body.status, "ok");
  }
  // A schedule by the clock on the wall would wait for two days, or not at all.
  await clock.set("-2d");
  const hint = await job.ask("POST", "/refresh-hint", undefined, { "atlas-refresh-hint": 'reason=record_missing, template="x"' });
  assert.equal(hint.status, 202);
  await until("sync by the hint", () => job.lines.some((line) => line.includes('"cause":"hint"')), 90_000);
  assert.equal(await job.stop(), 0);
});

/** Michael's rows as PostgREST gives them, by a server whose clock is so many seconds ahead of this machine's. */
async function restApi(seconds) {
  const server = createServer(async (request, response) => {
    const table = new URL(request.url, "http://localhost").pathname.split("/").at(-1);
    const rows = await readFile(join(MICHAEL, `${table}.json`), "utf8");
    const { length } = JSON.parse(rows);
    const date = new Date(Date.now() + seconds * 1_000).toUTCString();
    response.writeHead(200, { date, "content-range": `0-${length - 1}/${length}`, "content-type": "application/json" });
    response.end(rows);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const end = () => new Promise((done) => {
    server.close(done);
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${server.address().port}`, end };
}

const bearer = { headers: { authorization: "Bearer local-write" } };

/** What the store holds, as text. */
const items = async (api) => (await fetch(`${api.url}/v1/edge-config/ecfg_local/items`, bearer)).text();

/** The manifest that stands. */
const manifest = async (api) => JSON.parse(await items(api)).find(({ key }) => key === "atlas_v1_manifest").value;
