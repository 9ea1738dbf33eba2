// The API for Node of the installed package: reports as values, errors with their codes, and runs that are stopped.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { chmod, cp, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";

import { ATLAS_SYNC, MICHAEL } from "../../scripts/lib/paths.mjs";
import { until } from "../../scripts/lib/until.mjs";
import { startPostgres } from "../operations/postgres.mjs";
import { install, toEnd } from "./place.mjs";
import { silentServer } from "./servers.mjs";

let place;
let atlas;
let types;
let postgres;
before(async () => {
  place = await install();
  const folder = join(place.project, "node_modules", "@clickeen", "atlas-sync");
  atlas = await import(pathToFileURL(join(folder, "index.js")));
  types = await readFile(join(folder, "index.d.ts"), "utf8");
  postgres = await startPostgres();
});
after(async () => {
  await postgres?.stop();
  await place?.end();
});

/** The options of a run from the rows of Phase 1 to a store of its own, without the environment of this process. */
function options(store, more = {}) {
  return { source: `file:${MICHAEL}`, store: `file:${store}.json`, cwd: place.project, env: {}, log: null, ...more };
}

/** The error that a call rejects with. */
async function refusal(promise) {
  const error = await promise.then(
    (report) => assert.fail(`resolved with ${JSON.stringify(report)}`),
    (error) => error,
  );
  assert.ok(error instanceof atlas.AtlasSyncError, `${error.stack}`);
  return error;
}

test("sync, plan, verify and status give the binary's reports, from PostgreSQL", async () => {
  const from = { source: postgres.url };
  const first = await atlas.sync(options("reports", from));
  assert.deepEqual([first.outcome, first.version, first.previousVersion, first.diff.added], ["published", 1, null, 14]);
  const second = await atlas.sync(options("reports", from));
  assert.deepEqual([second.outcome, second.version, second.checksum], ["unchanged", 1, first.checksum]);
  const planned = await atlas.plan(options("reports", from));
  assert.deepEqual([planned.outcome, planned.diff], ["planned", { added: 0, changed: 0, removed: 0 }]);
  const { source, ...look } = options("reports");
  const verified = await atlas.verify(look);
  assert.deepEqual([verified.verified, verified.checksum], [true, first.checksum]);
  assert.equal((await atlas.status(look)).version, 1);
});

test("the types have every member of the reports, and no other", async () => {
  const published = await atlas.sync(options("members"));
  const ofRuns = membersOf("RunReport<Outcome extends string>");
  assert.deepEqual(Object.keys(published).sort(), ofRuns.filter((name) => name !== "hold"));
  assert.deepEqual(Object.keys(published.changes[0]).sort(), membersOf("RecordChange"));
  assert.deepEqual(Object.keys(published.entries["atlas:v1:planHints"]).sort(), membersOf("EntryReport"));
  const { source, ...look } = options("members");
  const status = await atlas.status(look);
  assert.deepEqual(Object.keys(status).sort(), membersOf("StatusReport"));
  const damaged = (await refusal(atlas.verify({ ...look, store: "file:nothing.json" }))).report.entries[0];
  const known = membersOf("EntryVerdict");
  for (const name of [...Object.keys(damaged), ...Object.keys(status.entries[0])]) assert.ok(known.includes(name), name);
});

/** The members of an interface of the declarations, sorted. */
function membersOf(name) {
  const at = types.indexOf(`export interface ${name} {`);
  assert.notEqual(at, -1, name);
  const body = types.slice(at, types.indexOf("\n}", at));
  return [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, member]) => member).sort();
}

test("a held snapshot is in the reports, as the types say", async () => {
  const { source, ...look } = options("held");
  await atlas.sync(options("held"));
  const changed = join(place.project, "other-rows");
  await cp(MICHAEL, changed, { recursive: true });
  const templates = join(changed, "widget_templates.json");
  await writeFile(templates, (await readFile(templates, "utf8")).replace('"name": "', '"name": "Other: '));
  await atlas.sync(options("held", { source: "file:other-rows" }));
  const env = { ...process.env, ATLAS_STORE: look.store };
  execFileSync(join(place.project, "node_modules", ".bin", "atlas-sync"), ["restore"], { cwd: place.project, env });
  const held = await atlas.sync(options("held"));
  const status = await atlas.status(look);
  assert.equal(held.outcome, "held");
  for (const { hold } of [held, status]) assert.deepEqual(Object.keys(hold).sort(), membersOf("Hold"));
});

test("an error has the report's code and the binary's exit code", async () => {
  await atlas.sync(options("errors"));
  const bad = join(place.project, "bad-rows");
  await cp(MICHAEL, bad, { recursive: true });
  const templates = join(bad, "widget_templates.json");
  await writeFile(templates, (await readFile(templates, "utf8")).replace("CARD", "SPIRAL"));
  const { source, ...look } = options("errors");
  const cases = [
    [() => atlas.sync(options("errors", { source: "nowhere" })), "usage", 2],
    [() => atlas.sync(options("errors", { store: "vercel", edgeConfigId: "ecfg_1" })), "not_allowed", 3],
    [() => atlas.sync(options("errors", { source: "file:nothing" })), "source_unreadable", 4],
    [() => atlas.sync(options("errors", { source: "file:bad-rows" })), "rows_refused", 5],
    [() => atlas.plan(options("errors", { source: "file:bad-rows" })), "rows_refused", 5],
    [() => atlas.sync(options("errors", { maxBytes: 100 })), "snapshot_too_large", 5],
    [() => atlas.verify({ ...look, store: "file:nothing.json" }), "store_unverified", 8],
    [() => atlas.status({ ...look, store: "file:package.json" }), "store_failed", 6],
  ];
  for (const [call, code, exitCode] of cases) {
    const error = await refusal(call());
    assert.deepEqual([error.code, error.exitCode], [code, exitCode], error.message);
    assert.equal(error.message, error.report.error.message);
    assert.equal(error.name, "AtlasSyncError");
  }
});

test("another run's lock is code locked, exit code 75", async () => {
  const table = await postgres.lockTable();
  const from = { source: postgres.url };
  const first = atlas.sync(options("locked", { ...from, env: { PGAPPNAME: "first" } }));
  const locks = "select count(*) from pg_locks where locktype = 'advisory'";
  await until("lock", async () => (await toEnd("psql", ["-XAtq", "-d", postgres.url, "-c", locks], { env: process.env })).stdout === "1");
  const error = await refusal(atlas.sync(options("locked", from)));
  assert.deepEqual([error.code, error.exitCode], ["locked", 75], error.message);
  await table.release();
  assert.equal((await first).outcome, "published");
});

test("a signal stops a run, which says how it ended", async (t) => {
  const michael = await silentServer();
  t.after(michael.close);
  const stop = new AbortController();
  const call = atlas.sync(options("stopped", { source: `postgres://u@127.0.0.1:${michael.port}/d`, signal: stop.signal }));
  await michael.asked;
  const reason = new Error("the deployment was cancelled");
  stop.abort(reason);
  const error = await refusal(call);
  assert.deepEqual([error.code, error.exitCode, error.cause], ["aborted", 130, reason]);
  assert.equal(error.report.error.code, "interrupted");
});

test("a signal with a time-out stops a run as well", async (t) => {
  const michael = await silentServer();
  t.after(michael.close);
  const source = `postgres://u@127.0.0.1:${michael.port}/d`;
  const error = await refusal(atlas.plan(options("late", { source, signal: AbortSignal.timeout(50) })));
  assert.deepEqual([error.code, error.cause.name], ["aborted", "TimeoutError"]);
});

test("with a signal that was given before, nothing is started", async () => {
  const error = await refusal(atlas.sync(options("never", { signal: AbortSignal.abort() })));
  assert.deepEqual([error.code, error.exitCode, error.report], ["aborted", null, null]);
  await assert.rejects(readFile(join(place.project, "never.json")), { code: "ENOENT" });
});

test("a signal that comes after the end changes nothing, and no listener stays", async () => {
  const stop = new AbortController();
  const listeners = new Set();
  const { signal } = stop;
  const [add, remove] = [signal.addEventListener, signal.removeEventListener];
  signal.addEventListener = (name, listener, more) => (listeners.add(listener), add.call(signal, name, listener, more));
  signal.removeEventListener = (name, listener) => (listeners.delete(listener), remove.call(signal, name, listener));
  const report = await atlas.sync(options("done", { signal }));
  stop.abort();
  assert.equal(report.outcome, "published");
  assert.equal(listeners.size, 0);
});

test("a binary that does not stop is killed in the end", async () => {
  const binary = await script("deaf", 'trap "" TERM\nprintf started > started\nwhile :; do /bin/sleep 0.05; done');
  const stop = new AbortController();
  const call = atlas.sync(options("deaf", { env: { ATLAS_SYNC_BINARY: binary }, signal: stop.signal }));
  await until("start", () => readFile(join(place.project, "started"), "utf8").catch(() => ""));
  stop.abort();
  const error = await refusal(call);
  assert.deepEqual([error.code, error.exitCode], ["aborted", null]);
});

test("a program that the binary leaves behind with its pipes is not waited for", async (t) => {
  const binary = await script("parent", '(/bin/sleep 60 & echo "$!" > child)\necho "{\\"outcome\\":\\"published\\"}"');
  t.after(async () => process.kill(Number(await readFile(join(place.project, "child"), "utf8"))));
  const began = performance.now();
  const report = await atlas.sync(options("left", { env: { ATLAS_SYNC_BINARY: binary } }));
  assert.equal(report.outcome, "published");
  assert.ok(performance.now() - began < 30_000);
});

test("a signal in the moment of the start stops the run", async (t) => {
  const michael = await silentServer();
  t.after(michael.close);
  const stop = new AbortController();
  const call = atlas.sync(options("at-once", { source: `postgres://u@127.0.0.1:${michael.port}/d`, signal: stop.signal }));
  stop.abort();
  assert.equal((await refusal(call)).code, "aborted");
});

test("the log goes to the caller, line by line, and one that throws does not change the result", async () => {
  const events = [];
  await atlas.sync(options("logged", { log: (event) => events.push(event) }));
  assert.ok(events.some(({ level, fields }) => level === "INFO" && fields.outcome === "published"), JSON.stringify(events));
  const thrown = new Error("this log throws");
  const throws = [() => { throw thrown; }, async () => { throw thrown; }, () => { throw Object.create(null); }];
  for (const log of throws) {
    const warned = new Promise((done) => process.once("warning", done));
    const report = await atlas.sync(options("logged", { log }));
    assert.equal(report.outcome, "unchanged");
    const { message } = await warned;
    assert.match(message, /^this log throws$|^log threw \[Object: null prototype\] \{\}$/);
  }
});

test("without a log of the caller's each line goes to standard error as the binary wrote it", async () => {
  const lines = [String.raw`{"level":"WARN","fields":{"error":"\u009b31m \u202e \u2028"}}`, "{}"];
  const binary = await script("steers", `cat >&2 << 'end'\n${lines.join("\n")}\nend\necho '{"outcome":"unchanged"}'`);
  const source = `
    import { sync } from "@clickeen/atlas-sync";
    await sync({ env: { ATLAS_SYNC_BINARY: ${JSON.stringify(binary)}, PATH: "/usr/bin:/bin" } });`;
  await writeFile(join(place.project, "logged.mjs"), source);
  const { code, stderr } = await toEnd(process.execPath, ["logged.mjs"], { cwd: place.project, env: {} });
  assert.deepEqual([code, stderr], [0, lines.join("\n")]);
});

test("a standard error that cannot be written ends no process that called it, and no run", async (t) => {
  const binary = await script("unheard", `echo '{"level":"INFO"}' >&2; sleep 0.1; echo '{"level":"INFO"}' >&2; echo '{"outcome":"unchanged"}'`);
  const source = `
    import { once } from "node:events";
    import { sync } from "@clickeen/atlas-sync";
    await once(process.stdin.resume(), "end");
    const options = { env: { ATLAS_SYNC_BINARY: ${JSON.stringify(binary)}, PATH: "/usr/bin:/bin" } };
    for (let run = 0; run < 2; run += 1) console.log((await sync(options)).outcome);`;
  await writeFile(join(place.project, "unheard.mjs"), source);
  const full = openSync("/dev/full", "w");
  t.after(() => closeSync(full));
  for (const stderr of ["pipe", full]) {
    const child = spawn(process.execPath, ["unheard.mjs"], { cwd: place.project, env: {}, stdio: ["pipe", "pipe", stderr] });
    child.stderr?.destroy();
    child.stdin.end();
    const [outcomes, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
    assert.deepEqual([code, outcomes], [0, "unchanged\nunchanged\n"], `${stderr}`);
  }
});

test("every option reaches the binary by the environment, and none by its arguments", async () => {
  const names = optionsOf("StoreOptions").concat(optionsOf("SyncOptions"));
  assert.ok(names.length > 15, `${names}`);
  const values = {
    store: "vercel", maxBytes: 5, minVersion: 7, allowSchemaChange: true, allowShrink: false, deadline: "9s", heartbeat: "1h",
  };
  const given = Object.fromEntries(names.map((name) => [name, values[name] ?? `value-of-${name}`]));
  // A binary that reports what it was started with.
  const binary = await script("echo", `exec "${process.execPath}" -p 'JSON.stringify({ args: process.argv.slice(1), env: process.env })' -- "$@"`);
  const call = { cwd: place.project, log: null, env: { ATLAS_SYNC_BINARY: binary, KEPT: "kept" }, ...given };
  const { args, env } = await atlas.sync(call);
  assert.deepEqual(args, ["sync", "--json"]);
  assert.equal(env.KEPT, "kept");
  const help = await toEnd(ATLAS_SYNC, ["sync", "--help"], { env: {} });
  const secrets = await toEnd(ATLAS_SYNC, ["--help"], { env: {} });
  for (const [name, value] of Object.entries(given)) {
    const variables = Object.keys(env).filter((variable) => env[variable] === `${value}`);
    assert.equal(variables.length, 1, `${name} in ${variables}`);
    assert.ok(`${help.stdout}${secrets.stdout}`.includes(variables[0]), `${name}: the binary knows no ${variables[0]}`);
  }
});

/** The options of an interface of the declarations. */
function optionsOf(name) {
  const at = types.indexOf(`export interface ${name} `);
  const body = types.slice(at, types.indexOf("\n}", at));
  return [...body.matchAll(/^ {2}(\w+)\?:/gm)].map(([, member]) => member);
}

test("what is not given comes from the environment of this process; `false` and an option win over it", async () => {
  process.env.ATLAS_STORE = "file:from-the-environment.json";
  process.env.ATLAS_ON_BAD_ROW = "nonsense";
  try {
    const { store, env, ...given } = options("unused");
    const error = await refusal(atlas.sync(given));
    assert.match(error.message, /ATLAS_ON_BAD_ROW/);
    assert.equal((await atlas.sync({ ...given, onBadRow: "refuse", store: undefined })).outcome, "published");
    assert.ok(await readFile(join(place.project, "from-the-environment.json")));
  } finally {
    delete process.env.ATLAS_STORE;
    delete process.env.ATLAS_ON_BAD_ROW;
  }
});

test("wrong options are code usage, say what is allowed, and never show the value", async () => {
  const cases = [
    [() => atlas.sync({ sourc: "x" }), /^sync: expected one of the options store, .*, found sourc$/],
    [() => atlas.verify({ source: "x" }), /^verify: expected one of the options .*, found source$/],
    [() => atlas.sync({ toString: "x" }), /found toString$/],
    [() => atlas.sync({ edgeConfigToken: ["the-secret"] }), /^sync: edgeConfigToken: expected a string, found object$/],
    [() => atlas.sync({ maxBytes: 1.5 }), /^sync: maxBytes: expected a whole number, 0 or more, found 1\.5$/],
    [() => atlas.plan({ minVersion: -1 }), /^plan: minVersion: expected a whole number, 0 or more, found -1$/],
    [() => atlas.sync({ adminKey: 123456 }), /^sync: adminKey: expected a string, found number$/],
    [() => atlas.sync({ allowShrink: "yes" }), /^sync: allowShrink: expected true or false, found string$/],
    [() => atlas.sync({ signal: {} }), /^sync: signal: expected an AbortSignal, found object$/],
    [() => atlas.sync({ log: "info" }), /^sync: log: expected a function, or null, found string$/],
    [() => atlas.sync("sync"), /^sync: expected an object of options, found string$/],
    [() => atlas.sync(null), /^sync: expected an object of options, found null$/],
    [() => atlas.sync({ edgeConfigToken: "the-secret\0" }), /^sync: ATLAS_EDGE_CONFIG_TOKEN: expected text without NUL characters, found one$/],
    [() => atlas.sync({ env: { ATLAS_SIGNING_KEY: "the-secret\0" } }), /^sync: ATLAS_SIGNING_KEY: expected text without NUL/],
    [() => atlas.sync({ env: { ATLAS_SIGNING_KEY: Symbol("the-secret") } }), /^sync: ATLAS_SIGNING_KEY: .*found symbol$/],
    [() => atlas.sync({ cwd: "the-secret\0" }), /^sync: cwd: expected text without NUL/],
    [() => atlas.sync({ cwd: join(place.project, "nothing") }), /^sync: cwd: expected a directory, found none at .*nothing$/],
    [() => atlas.sync({ cwd: join(place.project, "package.json") }), /^sync: cwd: expected a directory, found none at .*package\.json$/],
    [() => atlas.sync({ cwd: join(place.project, "package.json", "below") }), /^sync: cwd: expected a directory, found none at .*below$/],
    [() => atlas.sync({ cwd: join(place.project, "x".repeat(300)) }), /^sync: cwd: expected a directory, found none at .*x$/],
  ];
  for (const [call, message] of cases) {
    const error = await refusal(call());
    assert.deepEqual([error.code, error.exitCode], ["usage", 2]);
    assert.match(error.message, message);
    assert.ok(!inspect(error).includes("the-secret"), inspect(error));
  }
});

test("a binary that cannot be started, dies or prints nothing is an error of its own", async () => {
  const cases = [
    [join(place.directory, "no-such-file"), "binary_not_started", null, /no-such-file could not be started: .*ENOENT/],
    [join(place.project, "package.json", "below"), "binary_not_started", null, /package\.json.below could not be started: .*ENOTDIR/],
    // As for any variable, a number is its text.
    [5, "binary_not_started", null, /^5 could not be started: .*ENOENT/],
    [await script("dies", "kill -KILL $$"), "killed", null, /^sync was ended by SIGKILL$/],
    [await script("mute", "exit 0"), "internal", 0, /^sync ended with 0 and printed no report$/],
    [await script("odd", "echo the machine is on fire >&2; exit 70"), "internal", 70, /^the machine is on fire$/],
  ];
  for (const [ATLAS_SYNC_BINARY, code, exitCode, message] of cases) {
    const error = await refusal(atlas.sync(options("unused", { env: { ATLAS_SYNC_BINARY } })));
    assert.deepEqual([error.code, error.exitCode], [code, exitCode]);
    assert.match(error.message, message);
  }
});

test("what the system refuses is an error of this package, and ends no process that called it", async () => {
  const refused = await refusal(atlas.sync(options("unused", { signingKey: "k".repeat(200_000) })));
  assert.deepEqual([refused.code, refused.cause.code], ["binary_not_started", "E2BIG"]);
  // A process that may open no more files.
  const source = `
    import { closeSync, openSync } from "node:fs";
    import { sync } from "@clickeen/atlas-sync";
    try { for (;;) openSync("/dev/null"); } catch {}
    await sync({ env: {}, log: null }).catch(({ name, code }) => process.stdout.write(\`\${name} \${code}\`));`;
  await writeFile(join(place.project, "full.mjs"), source);
  const run = ["-c", `ulimit -n 100; exec "${process.execPath}" full.mjs`];
  const { code, stdout, stderr } = await toEnd("/bin/sh", run, { cwd: place.project, env: {} });
  assert.deepEqual([code, stdout], [0, "AtlasSyncError binary_not_started"], stderr);
});

test("CommonJS gets the same functions", async () => {
  const required = createRequire(join(place.project, "index.cjs"))("@clickeen/atlas-sync");
  assert.deepEqual(Object.keys(required).sort(), Object.keys(atlas).sort());
  assert.equal((await required.sync(options("required"))).outcome, "published");
  await assert.rejects(required.sync({ sourc: 1 }), (error) => error instanceof required.AtlasSyncError && error.code === "usage");
});

/** A program in place of the binary. */
async function script(name, text) {
  const path = join(place.directory, name);
  await writeFile(path, `#!/bin/sh\n${text}\n`);
  await chmod(path, 0o755);
  return path;
}
