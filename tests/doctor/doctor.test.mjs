// Each misconfiguration that a newcomer makes, made for real, is found with what to do; and a good setup has no finding.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, beforeEach, test } from "node:test";

import { lockTable, sql, startDatabase } from "../../scripts/lib/database.mjs";
import { fillMichael } from "../../scripts/lib/michael.mjs";
import { MICHAEL } from "../../scripts/lib/paths.mjs";
import { until } from "../../scripts/lib/until.mjs";
import { startPooler } from "../operations/pooler.mjs";
import { ADMIN_KEY, METRICS_TOKEN, clockSetTo, place, publisher, run } from "../operations/support.mjs";

const { keys } = JSON.parse(await readFile(new URL("../fixtures/keys.json", import.meta.url), "utf8"));
const bearer = { authorization: "Bearer local-write" };

let server;
before(async () => {
  server = await startDatabase();
  await sql(server.url("admin"), { text: "create database michael" });
  const url = server.url("admin", "michael");
  await fillMichael(url);
  const { stdout } = await run(["doctor", "--triggers"], {});
  await sql(url, { text: stdout });
});
after(() => server.stop());

let here;
let database;
/** The environment of a job with which nothing is wrong. */
let good;
beforeEach(async () => {
  here = await place();
  database = `michael_${randomUUID().replaceAll("-", "")}`;
  await sql(server.url("admin"), { text: `create database ${database} template michael` });
  good = {
    ...publisher(here.api),
    ATLAS_SOURCE: server.url("atlas_reader", database),
    ATLAS_EDGE_CONFIG: connectionString("ecfg_local", "local"),
    ATLAS_LISTEN_CHANNEL: "atlas",
    ATLAS_WRITE_QUOTA: "100/hour",
    ATLAS_SIGNING_KEY: keys.old.privatePem,
  };
  const { code, stderr } = await run(["sync"], good);
  assert.equal(code, 0, stderr);
});

afterEach(() => here.leave());

function connectionString(id, token) {
  return `${here.api.url}/${id}?token=${token}`;
}

function admin(text) {
  return sql(server.url("admin", database), { text });
}

function patch(items) {
  const body = JSON.stringify({ items });
  const headers = { ...bearer, "content-type": "application/json" };
  return fetch(`${here.api.url}/v1/edge-config/ecfg_local/items`, { method: "PATCH", headers, body });
}

/** What the store says of itself: it changes with each write. */
async function state() {
  const [record, backups] = await Promise.all(
    ["", "/backups"].map(async (path) => (await fetch(`${here.api.url}/v1/edge-config/ecfg_local${path}`, { headers: bearer })).json()),
  );
  return { record, backups };
}

/** Runs doctor with other settings than the good ones: its exit code, findings, and all that it printed. */
async function doctor(env = {}) {
  const settings = Object.fromEntries(Object.entries({ ...good, ...env }).filter(([, value]) => value !== undefined));
  const { code, stdout, stderr } = await run(["doctor", "--json"], settings);
  const secrets = [ADMIN_KEY, METRICS_TOKEN, "local-write", "token=local", "s3cr3t"];
  for (const secret of secrets) assert.ok(!`${stdout}${stderr}`.includes(secret), `${secret} is in ${stdout}${stderr}`);
  const diagnosis = JSON.parse(stdout);
  const count = (status) => diagnosis.findings.filter((finding) => finding.status === status).length;
  assert.deepEqual([diagnosis.problems, diagnosis.warnings], [count("problem"), count("warning")]);
  assert.deepEqual([diagnosis.healthy, code], diagnosis.problems === 0 ? [true, 0] : [false, 1], stdout);
  return diagnosis.findings;
}

/** Asserts that doctor finds this, and nothing else. */
async function finds(env, ...expected) {
  const findings = (await doctor(env)).filter(({ status }) => status === "problem" || status === "warning");
  const shown = findings.map(({ check, status, message }) => `${status} ${check}: ${message}`).join("\n");
  assert.equal(findings.length, expected.length, shown);
  for (const [status, check, says] of expected) {
    const found = findings.filter((finding) => finding.check === check && finding.status === status);
    assert.ok(found.some(({ message }) => says.test(message)), `no ${status} ${check} ${says} in\n${shown}`);
  }
}

test("a good setup has no finding, and nothing is changed", async () => {
  const before = await state();
  const findings = await doctor();
  assert.deepEqual(findings.filter(({ status }) => status !== "ok"), []);
  const checks = findings.map(({ check }) => check);
  assert.equal(new Set(checks).size, checks.length, "one line each");
  assert.equal(checks.length, 20, checks.join());
  assert.deepEqual(await state(), before);
});

test("an empty store and a database that nobody listens to are a good start", async () => {
  const keys = Object.keys(await (await fetch(`${here.api.url}/ecfg_local/items?token=local`)).json());
  await patch(keys.map((key) => ({ operation: "delete", key })));
  const before = await state();
  await finds({ ATLAS_LISTEN_CHANNEL: undefined, ATLAS_WRITE_QUOTA: undefined }, ["warning", "snapshot", /there is none yet: run `atlas-sync sync`/]);
  assert.deepEqual(await state(), before, "of an empty store nothing is changed either");
});

test("people get a line for each finding", async () => {
  const { code, stdout } = await run(["doctor"], { ...good, INTERNAL_ADMIN_KEY: undefined, ATLAS_WRITE_QUOTA: "" });
  assert.equal(code, 1);
  const lines = stdout.split("\n").filter(Boolean);
  assert.match(lines[0], /^problem admin-key {9}INTERNAL_ADMIN_KEY is not set/);
  assert.match(lines.at(-1), /^2 problems, 0 warnings$/);
  assert.equal(lines.length, 21, stdout);
  assert.ok(!stdout.includes("\u001b["), "no colours in a pipe");
});

test("a signing key that cannot be used, or that has not signed what stands", async () => {
  await finds({ ATLAS_SIGNING_KEY: "s3cr3t" }, ["problem", "signature", /^ATLAS_SIGNING_KEY: expected PKCS#8 PEM/]);
  await finds({ ATLAS_SIGNING_KEY: keys.new.privatePem }, ["problem", "signature", new RegExp(`not signed by ${keys.new.id}.*atlas-sync sync`)]);
  const both = keys.old.privatePem + keys.new.privatePem;
  await finds({ ATLAS_SIGNING_KEY: both }, ["warning", "signature", new RegExp(`carries signatures of ${keys.old.id}.*atlas-sync sync`)]);
  await finds({ ATLAS_SIGNING_KEY: undefined }, ["warning", "signature", /has no signing key/]);
  await finds({ ATLAS_SIGNING_KEY: undefined, ATLAS_PUBLIC_KEY: keys.new.publicKey }, ["problem", "signature", new RegExp(`expected valid signatures of 1 of these keys: ${keys.new.id}`)]);
  const { code } = await run(["sync"], { ...good, ATLAS_SIGNING_KEY: both });
  assert.equal(code, 0);
  await finds({ ATLAS_SIGNING_KEY: both });
});

test("a right that is missing, and the grant that helps", async () => {
  await admin("revoke select on plan_limits, widget_schemas from atlas_reader; revoke usage on schema public from public, atlas_reader");
  const remedy = /run as the owner: (grant usage on schema public to atlas_reader; grant select on widget_schemas, plan_limits to atlas_reader)/;
  await finds({}, ["problem", "rights", remedy]);
  const { message } = (await doctor()).find(({ check }) => check === "rights");
  await admin(remedy.exec(message)[1]);
  await finds({});
});

test("row security that hides rows, each table with the policy that helps", async () => {
  await admin("drop policy published_data on plan_limits; drop policy published_data on widget_schemas");
  const remedy = (table) => new RegExp(`(create policy atlas_reads_all on public.${table} for select to atlas_reader using \\(true\\))`);
  await finds({}, ["problem", "row-security", remedy("plan_limits")], ["problem", "row-security", remedy("widget_schemas")]);
  for (const table of ["plan_limits", "widget_schemas"]) {
    const found = (await doctor()).map(({ message }) => remedy(table).exec(message)?.[1]).find(Boolean);
    await admin(found);
  }
  await finds({});
});

test("migrations that have not run", async () => {
  await admin("alter table widget_templates drop column skin; drop table plan_limits cascade");
  const missing = /expected widget_templates.skin, plan_limits in the schema public, found none.*migrations have run/;
  await finds({}, ["problem", "tables", missing], ["problem", "triggers", /plan_limits/]);
});

test("a database that is not there, or another password or host", async () => {
  await finds({ ATLAS_SOURCE: server.url("atlas_reader", "nowhere") }, ["problem", "source", /check the name of the database in ATLAS_SOURCE/]);
  await finds({ ATLAS_SOURCE: "postgres://atlas_reader:s3cr3t@127.0.0.1:9/michael" }, ["problem", "source", /check that the server runs/]);
});

test("a run that hangs behind a migration, and keeps the others standing by", async (t) => {
  const table = await lockTable(server.url("admin", database), "plan_limits");
  t.after(table.release);
  const hangs = run(["sync", "--deadline", "50s"], good);
  const holder = `select pid from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = '${database}')`;
  await until("run with the lock", async () => (await admin(holder)) !== "");
  const pid = (await admin(holder)).trim();
  await finds(
    {},
    ["warning", "lock", new RegExp(`process ${pid}, role atlas_reader, application atlas-sync/.*pg_terminate_backend\\(${pid}\\)`)],
    ["problem", "row-security", /\[55P03\]; look in pg_locks for the session that has locked it/],
  );
  await table.release();
  assert.equal((await hangs).code, 0);
});

test("a role that may write", async () => {
  await admin("grant insert on plan_limits to atlas_reader");
  await finds({}, ["warning", "role", /atlas_reader may do more than read.*one that can only read/]);
  await finds({ ATLAS_SOURCE: server.url("admin", database) }, ["warning", "role", /admin may do more than read/]);
  await admin("revoke insert on plan_limits from atlas_reader; grant update (name) on widget_templates to atlas_reader");
  await finds({}, ["warning", "role", /atlas_reader may do more than read/]);
});

test("rows that cannot be published", async () => {
  await admin("update widget_templates set schema_version = '1999-01-01' where template_id = 'faq-classic-light'");
  await finds({}, ["problem", "rows", /faq-classic-light.*1999-01-01/]);
  await admin("truncate widget_templates");
  await finds({}, ["problem", "rows", /expected at least one row, found none/]);
});

test("triggers that are missing, disabled, partial, or for another channel", async () => {
  const remedy = /run what `atlas-sync doctor --triggers` prints for this channel, as the owner of the tables/;
  const missing = (tables) => ["problem", "triggers", new RegExp(`no enabled trigger notifies the channel \\S+ of changes to ${tables}: ${remedy.source}`)];
  await finds({ ATLAS_LISTEN_CHANNEL: "another" }, missing("widget_templates, widget_schemas, plan_features, plan_limits"));
  await admin("alter table plan_limits disable trigger atlas_notify");
  await finds({}, missing("plan_limits"));
  await admin(`drop trigger atlas_notify on plan_limits; create trigger mine after insert or update on plan_limits
    for each statement execute function atlas_notify('atlas')`);
  await finds({}, missing("plan_limits \\(delete, truncate\\)"));
  await admin(`drop trigger mine on plan_limits; create trigger mine after insert or delete or truncate on plan_limits
    for each statement execute function atlas_notify('atlas');
    create trigger column_of after update of limit_value on plan_limits for each statement execute function atlas_notify('atlas')`);
  await finds({}, missing("plan_limits \\(update\\)"));
  const { stdout } = await run(["doctor", "--triggers"], {});
  await admin(stdout);
  await finds({});
});

/** What is found where triggers on `plan_limits` see no change, and every other table is watched. */
function behind(what) {
  return ["warning", "triggers", new RegExp(`^plan_limits ${what}, and a trigger there does not see .* published within the hour$`)];
}

test("tables whose changes a trigger on them does not see", async () => {
  await admin(`alter table plan_limits rename to limits; create view plan_limits as select * from limits;
    grant select on plan_limits to atlas_reader`);
  await finds({}, behind("is a view"));
  await admin("drop function atlas_notify cascade");
  await finds({}, ["problem", "triggers", /of changes to widget_templates, widget_schemas, plan_features: .*; plan_limits is a view/]);
  const { stdout: triggers } = await run(["doctor", "--triggers"], {});
  const { stderr } = spawnSync("psql", ["-X", "-q", "-d", server.url("admin", database)], { input: triggers, encoding: "utf8" });
  assert.match(stderr, /"plan_limits" is a view/);
  await finds({}, behind("is a view"));
  await admin("drop view plan_limits; alter table limits rename to plan_limits; create table older_limits () inherits (plan_limits)");
  await admin(triggers);
  await finds({}, behind("has partitions or child tables"));
  await admin("drop table older_limits; alter table plan_limits rename to limits");
  await admin(`create table plan_limits (like limits) partition by list (plan_id);
    create table plan_limits_all partition of plan_limits default; insert into plan_limits select * from limits;
    grant select on plan_limits to atlas_reader`);
  await finds({}, ["problem", "triggers", /of changes to plan_limits: .*; plan_limits has partitions or child tables/]);
  const { stdout } = await run(["doctor", "--triggers"], {});
  await admin(stdout);
  await finds({}, behind("has partitions or child tables"));
  await admin("alter table plan_features disable trigger atlas_notify");
  await finds({}, ["problem", "triggers", /of changes to plan_features: .*; plan_limits has partitions or child tables/]);
});

test("a foreign table, on which not every server lets a trigger see a truncate", async () => {
  await admin(`alter table plan_limits rename to limits; create extension postgres_fdw; grant select on limits to atlas_reader;
    create server itself foreign data wrapper postgres_fdw options (host '127.0.0.1', port '${new URL(server.url("admin")).port}', dbname '${database}');
    create user mapping for atlas_reader server itself options (user 'atlas_reader', password_required 'false');
    create foreign table plan_limits (plan_id text, limit_type text, limit_value integer, enforcement text, grace_amount integer)
      server itself options (table_name 'limits'); grant select on plan_limits to atlas_reader`);
  await finds({}, behind("is a foreign table"));
});

test("two jobs that listen on channels of their own", async () => {
  const another = { ATLAS_LISTEN_CHANNEL: "another" };
  const { stdout } = await run(["doctor", "--triggers"], another);
  for (let times = 0; times < 2; times += 1) await admin(stdout);
  await finds(another);
  await finds({});
});

test("triggers are found whatever the database sets for its sessions", async () => {
  await admin(`alter database ${database} set standard_conforming_strings = off`);
  await finds({});
  const odd = { ATLAS_LISTEN_CHANNEL: "odd\\\\'" };
  const { stdout } = await run(["doctor", "--triggers"], odd);
  await admin(stdout);
  await finds(odd);
});

test("a pooler in transaction mode, where the job is to listen", async (t) => {
  const pooler = await startPooler(server, here.directory);
  t.after(() => pooler.stop());
  const through = { ATLAS_SOURCE: pooler.url("atlas_reader", database) };
  await finds(through, ["problem", "pooler", /a pooler in transaction mode stands between; set ATLAS_SOURCE to the database's direct address/]);
  await finds({ ...through, ATLAS_LISTEN_CHANNEL: undefined });
});

test("a clock that is wrong", async () => {
  for (const [offset, status, side] of [["+40s", "warning", "ahead"], ["-6m", "problem", "behind"]]) {
    const says = new RegExp(`${side}.*set the clock \\(with NTP\\)`);
    const others = offset === "-6m" ? [["problem", "snapshot", /from the future/]] : [];
    await finds(await clockSetTo(offset), [status, "database-clock", says], [status, "store-clock", says], ...others);
  }
});

test("a token of another account, and the read token in place of the API token", async () => {
  const advice = /403 forbidden.*ATLAS_EDGE_CONFIG_TOKEN must be an API token \(not the read token/;
  await finds({ ATLAS_EDGE_CONFIG_TOKEN: "another-token" }, ["problem", "store", advice]);
  const same = /ATLAS_EDGE_CONFIG_TOKEN and the token in ATLAS_EDGE_CONFIG are the same.*an API token from Vercel's account settings/;
  await finds({ ATLAS_EDGE_CONFIG_TOKEN: "local" }, ["problem", "store", advice], ["problem", "tokens", same]);
});

test("secrets that are missing, or open more than one thing", async () => {
  await finds({ INTERNAL_ADMIN_KEY: undefined }, ["problem", "admin-key", /INTERNAL_ADMIN_KEY is not set, so nothing can be published.*openssl rand/]);
  const missing = /ATLAS_EDGE_CONFIG_TOKEN is not set.*create an API token/;
  await finds({ ATLAS_EDGE_CONFIG_TOKEN: '"local-write"' }, ["problem", "store", /ATLAS_EDGE_CONFIG_TOKEN .* in quotes: remove them/]);
  await finds({ ATLAS_EDGE_CONFIG_TOKEN: undefined }, ["problem", "tokens", missing], ["problem", "store", /ATLAS_EDGE_CONFIG_TOKEN is not set/]);
  await finds({ ATLAS_METRICS_TOKEN: '"s3cr3t"' }, ["problem", "tokens", /expected ATLAS_METRICS_TOKEN without quotes around it.*remove them/]);
  await finds({ ATLAS_METRICS_TOKEN: ADMIN_KEY }, ["problem", "tokens", /INTERNAL_ADMIN_KEY and ATLAS_METRICS_TOKEN are the same/]);
});

test("a store that is not there, or named by its connection string", async () => {
  const edge = { ATLAS_EDGE_CONFIG: undefined };
  await finds({ ...edge, ATLAS_EDGE_CONFIG_ID: "ecfg_other" }, ["problem", "store", /404.*check ATLAS_EDGE_CONFIG_ID, and VERCEL_TEAM_ID/]);
  const pasted = connectionString("ecfg_local", "local");
  await finds({ ...edge, ATLAS_EDGE_CONFIG_ID: pasted }, ["problem", "store", /copy the id alone, not the connection string/]);
});

test("a team that does not own the store", async () => {
  // The local store belongs to no team: this is how Vercel answers for one that a team owns.
  here.api.refuses = ({ url }) => url.startsWith("/v1/") && !url.includes("teamId=team_right") && { status: 403, code: "forbidden", message: "Not authorized" };
  await finds({ VERCEL_TEAM_ID: "team_right" });
  for (const team of ["team_wrong", undefined]) {
    await finds({ VERCEL_TEAM_ID: team }, ["problem", "store", /403.*VERCEL_TEAM_ID the team that owns the store/]);
  }
});

test("a token that may look and not write", async () => {
  // As Vercel answers a member of the team with the role of a viewer.
  here.api.refuses = ({ method }) => method === "PATCH" && { status: 403, code: "forbidden", message: "You don't have permission" };
  await finds({}, ["problem", "store-write", /403 forbidden: You don't have permission; the token may not use this store/]);
});

test("a quota that is used up", async () => {
  here.api.refuses = ({ method }) => method === "PATCH" && { status: 402, code: "quota_exceeded", message: "Limit reached" };
  await finds({}, ["problem", "store-write", /402.*a limit of it is used up/]);
});

test("a store that is nearly full, or too small for the snapshot", async () => {
  const items = (bytes) => [{ operation: "upsert", key: "others", value: "x".repeat(bytes) }];
  assert.equal((await patch(items(820_000))).status, 200);
  await finds({}, ["warning", "size", /the store is 8\d % full.*820\d\d\d of them not Atlas's: remove what is not Atlas's/]);
  assert.equal((await patch(items(985_000))).status, 200);
  // Michael has grown: there is no room for that.
  await admin(`update widget_templates set descriptor = jsonb_build_object('text', repeat('y', 20000))`);
  await finds({}, ["problem", "size", /the store has no room for the snapshot/]);
  await finds({ ATLAS_MAX_BYTES: "1000" }, ["problem", "size", /more than --max-bytes allows \(1000\)/]);
});

test("a snapshot that is damaged, held, or too old", async () => {
  await finds(await clockSetTo("+14h"), ["problem", "snapshot", /last confirmed 14 h ago.*13 h/], ["problem", "database-clock", /./], ["problem", "store-clock", /./]);
  await admin("update widget_templates set name = 'changed' where template_id = 'faq-classic-light'");
  for (const command of ["sync", "restore"]) assert.equal((await run([command], good)).code, 0, command);
  await finds({}, ["warning", "snapshot", /version 3 was restored and is held.*run `atlas-sync release`/]);
  await finds(await clockSetTo("+14h"), ["problem", "snapshot", /last confirmed 14 h ago.*13 h/], ["problem", "database-clock", /./], ["problem", "store-clock", /./]);
  // A hold that the job's key has not signed holds nothing.
  const item = await fetch(`${here.api.url}/v1/edge-config/ecfg_local/item/atlas_v1_manifest`, { headers: bearer });
  const { signatures: _, ...unsigned } = (await item.json()).value;
  await patch([{ operation: "update", key: "atlas_v1_manifest", value: unsigned }]);
  await finds({}, ["problem", "signature", /version 3 is not signed by/]);
  await patch([{ operation: "update", key: "atlas_v1_planHints", value: { damaged: true } }]);
  await finds({}, ["problem", "snapshot", /does not verify, so Venice falls back to Paris: atlas:v1:planHints is corrupt: run `atlas-sync sync`/]);
});

test("a connection string of another store, revoked, or pasted wrong", async () => {
  const string = (ATLAS_EDGE_CONFIG) => ({ ATLAS_EDGE_CONFIG });
  await finds(string(connectionString("ecfg_other", "local")), ["problem", "connection-string", /of ecfg_other, but the job writes to ecfg_local: give both the same store/]);
  await finds(string(connectionString("ecfg_local", "revoked")), ["problem", "connection-string", /does not open ecfg_local \(it may be revoked\): take the connection string/]);
  await finds(string(`"${connectionString("ecfg_local", "local")}"`), ["problem", "connection-string", /without quotes/]);
  here.api.refuses = ({ url }) => url.includes("/item/") && { status: 404, code: "edge_config_not_found", message: "gone" };
  await finds({}, ["problem", "connection-string", /names ecfg_local, and there is no such store/]);
});

test("a quota that was not given, or is less than the heartbeats need", async () => {
  await finds({ ATLAS_WRITE_QUOTA: undefined }, ["problem", "write-quota", /expected ATLAS_WRITE_QUOTA.*250\/month on Hobby/]);
  const hobby = { ATLAS_WRITE_QUOTA: "250/month" };
  await finds(hobby);
  await finds({ ...hobby, ATLAS_HEARTBEAT: "30m" }, ["problem", "write-quota", /every 60 min writes: set ATLAS_HEARTBEAT to 6h/]);
});

test("what is not set at all", async () => {
  const none = Object.fromEntries(Object.keys(good).map((name) => [name, undefined]));
  await finds(none, ["problem", "source", /expected ATLAS_SOURCE/], ["problem", "store", /expected ATLAS_STORE/]);
});

test("files and a local store have what they need", async () => {
  const { stdout, code } = await run(["doctor", "--json", "--source", `file:${MICHAEL}`, "--store", `file:${here.directory}/new.json`], {});
  assert.equal(code, 0, stdout);
  const { warnings, findings } = JSON.parse(stdout);
  assert.equal(warnings, 1, stdout);
  const { message } = findings.find(({ check }) => check === "rows");
  assert.match(message, /^\d+ records can be published; with 2 warnings, which `atlas-sync plan` shows$/);
});

test("every check runs, whatever the others find", async () => {
  await admin("drop policy published_data on plan_limits; alter table plan_limits disable trigger atlas_notify");
  await finds(
    { INTERNAL_ADMIN_KEY: undefined, ATLAS_EDGE_CONFIG_TOKEN: "another-token", ATLAS_EDGE_CONFIG: "ecfg_local", ATLAS_WRITE_QUOTA: undefined },
    ["problem", "admin-key", /./],
    ["problem", "row-security", /./],
    ["problem", "triggers", /plan_limits/],
    ["problem", "store", /./],
    ["problem", "connection-string", /./],
    ["problem", "write-quota", /./],
  );
});
