// `npx @clickeen/atlas doctor`: each misconfiguration is made, with the real SDKs and the local store, and is found; a good
// set-up has none.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { snapshot } from "../../scripts/lib/format.mjs";
import { KEYS, signed } from "../attacks/world.mjs";
import { startStore } from "../sdk/store.mjs";
import { ROOT, install } from "./installed.mjs";

const run = promisify(execFile);
const HOUR_MS = 3_600_000;
/** As long as Vercel's tokens are. */
const WRONG_TOKEN = "0b5a57ec-7c11-4a2e-9a55-d2c0e5f1a9c3";
const GOOD_CLIENT = `
  import { createClient } from "@vercel/edge-config";
  export const client = createClient(process.env.ATLAS_EDGE_CONFIG, { staleIfError: false });
`;

/** Supabase's SDK has a function of the same name. */
const BESIDE_ANOTHER = `
  import { createClient } from "@supabase/supabase-js";
  import { createClient as createAtlasClient } from "@vercel/edge-config";
  export const michael = createClient(process.env.SUPABASE_URL, process.env.SUPABASE_ANON_KEY);
  // Not createAtlasClient(process.env.ATLAS_EDGE_CONFIG):
  /* staleIfError: false */
  export const client = createAtlasClient(process.env.ATLAS_EDGE_CONFIG /* , { staleIfError: false } */);
`;
/** How an app can get the function and call it, each without a finding. */
const GOOD_CLIENTS = {
  "beside a comment and a text that call it": `${GOOD_CLIENT} // Not createClient(url)
    console.log("never createClient(url)", 'nor createClient(url) )');`,
  "beside another createClient": BESIDE_ANOTHER.replace(/\/\* (, .*?) \*\//, "$1"),
  "by the name of the module": `import * as edge from "@vercel/global-config";
    export const client = edge.createClient(process.env.ATLAS_EDGE_CONFIG, { staleIfError: false });`,
  "by require": `const { createClient: make } = require("@vercel/edge-config");
    module.exports = make(process.env["ATLAS)CONFIG"], { "staleIfError": false });`,
  "beside the client of another store": `import { createClient } from "@vercel/edge-config";
    const flags = createClient(process.env.FLAGS_EDGE_CONFIG);
    const more = [createClient(process.env["MORE_EDGE_CONFIG"]), createClient(Deno.env.get("MORE_EDGE_CONFIG"))];
    export const client = createClient(process.env.ATLAS_EDGE_CONFIG, { staleIfError: false });`,
};

let installed;
let store;
let folder;
let payloads;
before(async () => {
  [installed, store, folder] = await Promise.all([install(), startStore(), mkdtemp(join(tmpdir(), "atlas-doctor-"))]);
  const { items } = JSON.parse(await readFile(join(ROOT, "tests", "fixtures", "snapshots", "whole.json"), "utf8"));
  const names = ["planHints", "widgetSchemas", "widgetTemplates"];
  payloads = Object.fromEntries(names.map((name) => [name, items[`atlas_v1_${name}`].payload]));
  await publish(0);
});
after(async () => {
  await store?.stop();
  await Promise.all([installed?.remove(), folder && rm(folder, { recursive: true })]);
});

/** A snapshot that was confirmed so long ago. */
async function publish(ageMs, ...signers) {
  const checkedAt = new Date(Date.now() - ageMs).toISOString();
  const items = snapshot(payloads, { checkedAt });
  await store.put({ ...items, atlas_v1_manifest: signed(items.atlas_v1_manifest, ...signers) });
}

let apps = 0;

/** An app: its SDKs, by the folder of `node_modules` that each is taken from, and one source file. */
async function app({ sdks = { "@vercel/edge-config": "@vercel/edge-config" }, source = GOOD_CLIENT } = {}) {
  const home = join(folder, `app-${(apps += 1)}`);
  await mkdir(join(home, "lib"), { recursive: true });
  await writeFile(join(home, "lib", "atlas.js"), source);
  for (const [name, from] of Object.entries(sdks)) {
    const link = join(home, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(ROOT, "node_modules", from), link);
  }
  return home;
}

/** Runs the doctor with `--json`, and gives its exit code, what it found, and all that it printed. */
async function examine({ cwd, env = {}, node = [] }) {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== "NODE_ENV" && !name.includes("EDGE_CONFIG")));
  const args = [...node, join(installed.target, "cli.js"), "doctor", "--json"];
  const how = { cwd: cwd ?? (await app()), env: { ...clean, ATLAS_EDGE_CONFIG: store.connectionString, ...env } };
  const { code = 0, stdout, stderr } = await run(process.execPath, args, how).catch((error) => error);
  return { code, printed: stdout + stderr, ...JSON.parse(stdout) };
}

/** What was found that is neither fine nor left out for another finding. On a busy machine every read is slow. */
const wrong = ({ findings }, isAboutTime = false) =>
  findings.filter(({ check, status }) => (status === "problem" || status === "warning") && (isAboutTime || check !== "latency"));

test("a good set-up has no finding", async () => {
  const report = await examine({});
  assert.deepEqual(wrong(report), []);
  assert.deepEqual([report.code, report.ok], [0, true]);
  const checks = ["connection", "sdk", "staleIfError", "node", "wasm", "ed25519", "store", "clock", "latency", "snapshot"];
  assert.deepEqual(report.findings.map(({ check }) => check), checks);
  // By the whole seconds of an answer's Date no more can be said.
  assert.match(report.findings.find(({ check }) => check === "clock").message, /agrees with the store's/);
});

test("with the app's public keys it says who has signed the snapshot", async (t) => {
  t.after(() => publish(0));
  await publish(0, "old");
  const report = await examine({ env: { ATLAS_PUBLIC_KEYS: `${KEYS.new.publicKey}, ${KEYS.old.publicKey}` } });
  assert.deepEqual(wrong(report), []);
  const { check, status } = report.findings.at(-1);
  assert.deepEqual([check, status], ["signature", "ok"]);
});

/** The misconfigurations: how each is made, and its one finding. */
const CASES = {
  "a snapshot that nobody has signed, for an app with public keys": {
    make: () => ({ env: { ATLAS_PUBLIC_KEYS: KEYS.old.publicKey } }),
    finding: ["signature", "problem", /signature_invalid.*found 0/],
  },
  "a snapshot that is signed with another key than the app's": {
    make: async () => {
      await publish(0, "old");
      return { env: { ATLAS_PUBLIC_KEYS: KEYS.new.publicKey } };
    },
    finding: ["signature", "problem", /signature_invalid/],
  },
  "public keys that are none": {
    make: () => ({ env: { ATLAS_PUBLIC_KEYS: KEYS.old.publicKey.slice(1) } }),
    finding: ["signature", "problem", /ATLAS_PUBLIC_KEYS: .*publicKeys: expected Ed25519 public keys/],
  },
  "no connection string": {
    make: () => ({ env: { ATLAS_EDGE_CONFIG: "" } }),
    finding: ["connection", "problem", /is not set.*not_configured/],
  },
  "the connection string of another variable": {
    make: () => ({ env: { ATLAS_EDGE_CONFIG: "", EDGE_CONFIG: store.connectionString } }),
    finding: ["connection", "problem", /EDGE_CONFIG is set, but/],
  },
  "a connection string in a file that nobody has read": {
    make: async () => {
      const cwd = await app();
      await writeFile(join(cwd, ".env.example"), "ATLAS_EDGE_CONFIG=https://edge-config.vercel.com/ecfg_…?token=…\n");
      await writeFile(join(cwd, ".env.local"), `PARIS_URL=http://x\nATLAS_EDGE_CONFIG="${store.connectionString}"\n`);
      return { cwd, env: { ATLAS_EDGE_CONFIG: "" } };
    },
    finding: ["connection", "problem", /is not set here, although \.env\.local sets it/],
  },
  "a connection string in quotes": {
    make: () => ({ env: { ATLAS_EDGE_CONFIG: `"${store.connectionString}"` } }),
    finding: ["connection", "problem", /is in quotes/],
  },
  "a connection string with a line break": {
    make: () => ({ env: { ATLAS_EDGE_CONFIG: `${store.connectionString}\n` } }),
    finding: ["connection", "problem", /white space/],
  },
  "a connection string that is not a URL": {
    make: () => ({ env: { ATLAS_EDGE_CONFIG: `ecfg_1?token=${WRONG_TOKEN}` } }),
    finding: ["connection", "problem", /is not a URL/],
  },
  "a connection string with a password in its host": {
    make: () => ({ env: { ATLAS_EDGE_CONFIG: store.connectionString.replace("://", `://user:${WRONG_TOKEN}@`) } }),
    finding: ["connection", "problem", /has a user name or a password/],
  },
  "a token in place of the connection string": {
    make: () => ({ env: { ATLAS_EDGE_CONFIG: `t${WRONG_TOKEN}:` } }),
    finding: ["connection", "problem", /is not a URL of https/],
  },
  "the URL of something else": {
    make: () => ({ env: { ATLAS_EDGE_CONFIG: `https://blob.vercel-storage.com/store_1?token=${WRONG_TOKEN}` } }),
    finding: ["connection", "problem", /something else/],
  },
  "a connection string without a token": {
    make: () => ({ env: { ATLAS_EDGE_CONFIG: store.connectionString.split("?")[0] } }),
    finding: ["connection", "problem", /has no token/],
  },
  "a wrong token": {
    make: () => ({ env: { ATLAS_EDGE_CONFIG: `${store.base}/ecfg_local?token=${WRONG_TOKEN}` } }),
    finding: ["store", "problem", /refuses the token \(401\)/],
  },
  "an unknown store": {
    make: () => ({ env: { ATLAS_EDGE_CONFIG: `${store.base}/ecfg_other?token=local` } }),
    finding: ["store", "problem", /no such store \(404\)/],
  },
  "a host where nothing listens": {
    make: () => ({ env: { ATLAS_EDGE_CONFIG: `http://127.0.0.1:1/ecfg_local?token=${WRONG_TOKEN}` } }),
    finding: ["store", "problem", /cannot be reached/],
  },
  "a store that fails": {
    make: async () => (await store.faults({ kind: "status", status: 503, on: "reads" }), {}),
    finding: ["store", "problem", /answered 503/],
  },
  "a store that limits its readers": {
    make: async () => (await store.faults({ kind: "rateLimited", on: "reads" }), {}),
    finding: ["store", "problem", /too many requests \(429\)/],
  },
  "a store that hangs": {
    make: async () => (await store.faults({ kind: "hang", on: "reads" }), {}),
    finding: ["store", "problem", /did not answer within 5 s/],
  },
  "a store that is slow": {
    make: async () => (await store.faults({ kind: "slow", ms: 80, on: "reads" }), {}),
    finding: ["latency", "warning", /more than the 50 ms/],
  },
  "no SDK": {
    make: async () => ({ cwd: await app({ sdks: {} }) }),
    finding: ["sdk", "problem", /neither @vercel\/edge-config nor @vercel\/global-config is installed/],
  },
  "both SDKs": {
    make: async () => ({ cwd: await app({ sdks: Object.fromEntries(["@vercel/edge-config", "@vercel/global-config"].map((name) => [name, name])) }) }),
    finding: ["sdk", "warning", /are both installed/],
  },
  "an SDK that is too old": {
    make: async () => ({ cwd: await app({ sdks: { "@vercel/edge-config": "edge-config-before-1" } }) }),
    finding: ["sdk", "problem", /@vercel\/edge-config 0\.\d+\.\d+ is too old: expected 1\.0 or later/],
  },
  "an SDK that hides an outage whatever it is told": {
    make: async () => ({ cwd: await deafSdk() }),
    finding: ["sdk", "problem", /hides an outage in spite of staleIfError: false/],
  },
  "a client that hides an outage": {
    make: async () => ({ cwd: await app({ source: GOOD_CLIENT.replace(", { staleIfError: false }", "") }) }),
    finding: ["staleIfError", "problem", /lib\/atlas\.js:3/],
  },
  "a client that hides an outage for a minute": {
    make: async () => ({ cwd: await app({ source: GOOD_CLIENT.replace("staleIfError: false", "staleIfError: 60") }) }),
    finding: ["staleIfError", "problem", /lib\/atlas\.js:3/],
  },
  "a client whose options are elsewhere": {
    make: async () => ({ cwd: await app({ source: GOOD_CLIENT.replace("{ staleIfError: false }", "options") }) }),
    finding: ["staleIfError", "warning", /not written out.*lib\/atlas\.js:3/],
  },
  "a client that hides an outage, beside another createClient": {
    make: async () => ({ cwd: await app({ source: BESIDE_ANOTHER }) }),
    finding: ["staleIfError", "problem", /value: lib\/atlas\.js:7$/],
  },
  "a client that hides an outage, beside the client of another store": {
    make: async () => ({ cwd: await app({ source: `${GOOD_CLIENT.replace(", { staleIfError: false }", "")}
      const flags = createClient(process.env.FLAGS_EDGE_CONFIG, { staleIfError: false });` }) }),
    finding: ["staleIfError", "problem", /value: lib\/atlas\.js:3$/],
  },
  "a client by either of two variables, which hides an outage": {
    make: async () => ({ cwd: await app({ source: `${GOOD_CLIENT}
      const other = createClient(process.env.EDGE_CONFIG ?? Deno.env.get("ATLAS_EDGE_CONFIG"));` }) }),
    finding: ["staleIfError", "problem", /value: lib\/atlas\.js:5$/],
  },
  "a client by another variable, which hides an outage": {
    make: async () => ({ cwd: await app({ source: `import { createClient } from "@vercel/edge-config";
      export const client = createClient(process.env.EDGE_CONFIG);` }) }),
    finding: ["staleIfError", "problem", /value: lib\/atlas\.js:2$/],
  },
  "a folder without an app": {
    make: async () => ({ cwd: await app({ source: "" }) }),
    finding: ["staleIfError", "warning", /no call of createClient/],
  },
  "a Node without WebCrypto": {
    make: () => ({ node: ["--import", "data:text/javascript,delete globalThis.crypto"] }),
    finding: ["ed25519", "warning", /has no WebCrypto/],
  },
  "a Node that compiles no Wasm": {
    make: () => ({ node: ["--jitless"] }),
    finding: ["wasm", "problem", /internal_error/],
  },
  "an environment for development": {
    make: () => ({ env: { NODE_ENV: "development" } }),
    finding: ["environment", "warning", /one read behind/],
  },
  "a clock that is wrong": {
    make: (t) => behindProxy(t, 600_000),
    finding: ["clock", "problem", /(598|599|600) s behind/],
  },
  "a clock that is a minute wrong": {
    make: (t) => behindProxy(t, -60_000),
    finding: ["clock", "warning", /(60|61|62) s ahead/],
  },
  "a snapshot that has expired": {
    make: async () => (await publish(14 * HOUR_MS), {}),
    finding: ["snapshot", "problem", /14\.0 h ago: it has expired/],
  },
  "a snapshot that no sync confirms": {
    make: async () => (await publish(8 * HOUR_MS), {}),
    finding: ["snapshot", "warning", /8\.0 h ago; it expires/],
  },
  "a snapshot from the future": {
    make: async () => (await publish(-HOUR_MS), {}),
    finding: ["snapshot", "problem", /in the future: lookups fall back to Paris \(clock_skew\)/],
  },
  "a damaged entry": {
    make: async () => (await store.faults({ kind: "corrupt", key: "atlas_v1_planHints", on: "reads" }), {}),
    finding: ["snapshot", "problem", /atlas:v1:planHints is corrupt/],
  },
};

for (const [name, { make, finding: [check, status, message] }] of Object.entries(CASES)) {
  test(`${name} is found`, async (t) => {
    t.after(async () => {
      await store.faults();
      await publish(0);
    });
    const report = await examine(await make(t));
    const [found, ...others] = wrong(report, check === "latency");
    assert.deepEqual([found?.check, found?.status, others], [check, status, []], JSON.stringify(report, null, 2));
    assert.match(found.message, message);
    assert.ok(found.advice.length > 10, "it says what to do");
    assert.deepEqual([report.code, report.ok], status === "problem" ? [1, false] : [0, true]);
    assert.ok(!report.printed.includes(WRONG_TOKEN), "no token is shown");
  });
}

test("a store that answers once and then hangs is told, and the command ends", async (t) => {
  const server = createServer(({ url }, response) => {
    if (url.includes("/digest")) response.writeHead(200, { "x-edge-config-digest": "1" }).end('"1"');
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  t.after(() => (server.closeAllConnections(), server.close()));
  const began = performance.now();
  const report = await examine({ env: { ATLAS_EDGE_CONFIG: `http://127.0.0.1:${server.address().port}/ecfg_local?token=local` } });
  // Two reads have 5 s each. The SDK's own would go on for five minutes.
  assert.ok(performance.now() - began < 20_000);
  const found = wrong(report, true).map(({ check, status, message }) => [check, status, /fall back to Paris: the store did not answer/.test(message)]);
  assert.deepEqual(found, [["latency", "problem", true], ["snapshot", "problem", true]]);
  assert.equal(report.code, 1);
});

test("the clients of an app's tests are left alone", async () => {
  const cwd = await app();
  const source = GOOD_CLIENT.replace(", { staleIfError: false }", "");
  for (const file of ["lib/atlas.test.js", "lib/atlas.spec.ts", "lib/__tests__/atlas.js", "tests/atlas.js", "e2e/atlas.mjs"]) {
    await mkdir(dirname(join(cwd, file)), { recursive: true });
    await writeFile(join(cwd, file), source);
  }
  assert.deepEqual(wrong(await examine({ cwd })), []);
});

test("the file that sets the connection string is read as the finding says", async () => {
  const cwd = await app();
  await writeFile(join(cwd, ".env.local"), `ATLAS_EDGE_CONFIG="${store.connectionString}"\n`);
  const { findings } = await examine({ cwd, env: { ATLAS_EDGE_CONFIG: "" } });
  const [, command] = /^Run (node .*)\.$/.exec(findings.find(({ check }) => check === "connection").advice);
  const { ATLAS_EDGE_CONFIG, ...env } = process.env;
  const { stdout } = await run("sh", ["-c", `${command} --json`], { cwd, env }).catch((error) => error);
  assert.deepEqual(wrong(JSON.parse(stdout)), []);
});

for (const [name, source] of Object.entries(GOOD_CLIENTS)) {
  test(`a good client ${name} is no finding`, async () => {
    const { findings } = await examine({ cwd: await app({ source }) });
    const { status, message } = findings.find(({ check }) => check === "staleIfError");
    assert.equal(status, "ok", message);
    assert.match(message, /^staleIfError: false at lib\/atlas\.js:\d+$/);
  });
}

test("a source that cannot be read keeps no other check from running", async () => {
  const cwd = await app();
  const large = join(cwd, "lib", "large.js");
  await writeFile(large, "");
  // Longer than Node reads, whoever asks.
  await truncate(large, 2 ** 32);
  const report = await examine({ cwd });
  assert.deepEqual(wrong(report), []);
});

test("of two SDKs that can be imported, the one that the app names is examined", async () => {
  const cwd = await app({ sdks: { "@vercel/edge-config": "edge-config-before-1", "@vercel/global-config": "@vercel/global-config" } });
  await writeFile(join(cwd, "lib", "atlas.js"), GOOD_CLIENT.replace("edge-config", "global-config"));
  await writeFile(join(cwd, "package.json"), '{ "dependencies": { "@vercel/global-config": "1" } }');
  const { findings } = await examine({ cwd });
  assert.deepEqual(wrong({ findings }), []);
  assert.match(findings.find(({ check }) => check === "sdk").message, /^@vercel\/global-config 1/);
  await rm(join(cwd, "node_modules", "@vercel", "global-config"));
  const [missing] = wrong(await examine({ cwd }));
  assert.match(missing.message, /^@vercel\/global-config is not installed/);
  assert.match(missing.advice, /npm install @vercel\/global-config\.$/);
});

test("an empty store has no snapshot", async (t) => {
  const empty = await startStore();
  t.after(() => empty.stop());
  const report = await examine({ env: { ATLAS_EDGE_CONFIG: empty.connectionString } });
  assert.deepEqual(wrong(report).map(({ check }) => check), ["snapshot"]);
  assert.match(wrong(report)[0].message, /holds no snapshot/);
});

test("without --json it prints a line for each finding, without colours where nobody sees them", async () => {
  const cli = join(installed.target, "cli.js");
  const cwd = await app();
  const env = { ...process.env, ATLAS_EDGE_CONFIG: `${store.base}/ecfg_local?token=${WRONG_TOKEN}` };
  const { code, stdout } = await run(process.execPath, [cli, "doctor"], { cwd, env }).catch((error) => error);
  assert.equal(code, 1);
  assert.match(stdout, /^ok +connection/m);
  assert.match(stdout, /^problem +store +the store refuses the token/m);
  assert.match(stdout, /1 problem, \d warnings?\n$/);
  assert.ok(!stdout.includes("\u001b") && !stdout.includes(WRONG_TOKEN), stdout);
  const { asText } = await import(join(installed.target, "lib", "doctor", "print.js"));
  assert.match(asText({ ok: true, findings: [{ check: "c", status: "ok", message: "m" }] }, { colour: true }), /^\u001b\[32mok/);
});

test("what the store holds steers no terminal", async () => {
  const { asJson, asText } = await import(join(installed.target, "lib", "doctor", "print.js"));
  const hostile = "\u001b[2J\u009b31m\u202e\nproblem";
  const report = { ok: false, findings: [{ check: "snapshot", status: "problem", message: hostile, advice: hostile }] };
  for (const text of [asText(report, { colour: false }), asJson(report)]) assert.doesNotMatch(text, /[\u001b\u009b\u202e]|^problem$/m);
  assert.equal(asText(report, { colour: false }).split("\n").length, 4);
  assert.deepEqual(JSON.parse(asJson(report)), report);
});

test("--help says what it does; anything else is wrong usage", async () => {
  const cli = join(installed.target, "cli.js");
  const { stdout } = await run(process.execPath, [cli, "doctor", "--help"]);
  assert.match(stdout, /Exit codes:/);
  for (const args of [[], ["surgeon"], ["doctor", "--nope"], ["doctor", "twice"]]) {
    const { code, stderr } = await run(process.execPath, [cli, ...args]).catch((error) => error);
    assert.equal(code, 2, `${args}`);
    assert.match(stderr, /Usage: npx @clickeen\/atlas doctor/);
  }
});

/** An app whose SDK is the real one, with options that it drops. */
async function deafSdk() {
  const home = await app({ sdks: {} });
  const sdk = join(home, "node_modules", "@vercel", "edge-config");
  const real = JSON.stringify(join(ROOT, "node_modules", "@vercel", "edge-config"));
  await mkdir(sdk, { recursive: true });
  await writeFile(join(sdk, "package.json"), '{ "name": "@vercel/edge-config", "version": "1.99.0" }');
  await writeFile(join(sdk, "index.js"), `exports.createClient = (connection) => require(${real}).createClient(connection);`);
  return home;
}

/** A store whose `Date` differs from this machine's by so much. */
async function behindProxy(t, byMs) {
  const proxy = createServer(async (request, response) => {
    const { authorization } = request.headers;
    const answer = await fetch(`${store.base}${request.url}`, { headers: { authorization } });
    const headers = { ...Object.fromEntries(answer.headers), date: new Date(Date.now() + byMs).toUTCString() };
    delete headers["content-length"];
    delete headers["transfer-encoding"];
    response.writeHead(answer.status, headers).end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise((done) => proxy.listen(0, "127.0.0.1", done));
  t.after(() => proxy.close());
  return { env: { ATLAS_EDGE_CONFIG: `http://127.0.0.1:${proxy.address().port}/ecfg_local?token=local` } };
}
