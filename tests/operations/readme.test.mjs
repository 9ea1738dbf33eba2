// The README's part for operators: its SQL and its commands are run, against a real PostgreSQL with the product's tables and
// the local store in place of Vercel; its tables are held to what the binary says of itself.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";

import { sql, startDatabase } from "../../scripts/lib/database.mjs";
import { fillMichael } from "../../scripts/lib/michael.mjs";
import { ATLAS_SYNC, ROOT, environment } from "../../scripts/lib/paths.mjs";
import { freePort } from "../../scripts/lib/ports.mjs";
import { attempt, run } from "../../scripts/lib/run.mjs";
import { startStore } from "../../scripts/lib/servers.mjs";
import { commandsOf, take } from "../clickeen/support/walk.mjs";

const readme = await readFile(join(ROOT, "README.md"), "utf8");
const part = sectionOf(readme, "## Operating it");
const PASSWORD = "reader-s3cr3t";

let database, store, folder, env;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "atlas-readme-"));
  database = await startDatabase();
  // Its roles are the workspace's; the README makes the job's, under the same name.
  await fillMichael(database.url("admin"));
  await sql(database.url("admin"), { text: "drop owned by atlas_reader; drop role atlas_reader" });
  store = await startStore({ port: await freePort(), state: join(folder, "store.json") });
  env = environment({
    PATH: `${dirname(ATLAS_SYNC)}:${environment().PATH}`,
    ATLAS_SOURCE: `postgres://atlas_reader:${PASSWORD}@127.0.0.1:${database.port}/postgres`,
    ATLAS_STORE: "vercel",
    ATLAS_API_URL: store.url,
    ATLAS_EDGE_CONFIG_ID: "ecfg_local",
    ATLAS_EDGE_CONFIG_TOKEN: "local-write",
    INTERNAL_ADMIN_KEY: "admin-s3cr3t",
    READ_TOKEN: "local",
    VERCEL_TEAM_ID: "",
    // The README shows what is printed on standard output.
    ATLAS_LOG: "off",
  });
});
after(async () => {
  await store?.stop();
  await database?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A section of a text, from its heading to the next of the same rank or a higher one. */
function sectionOf(text, heading) {
  const rank = heading.indexOf(" ");
  const start = text.indexOf(`\n${heading}\n`);
  assert.ok(start >= 0, `no ${heading}`);
  const rest = text.slice(start + heading.length + 2);
  const end = rest.search(new RegExp(`^#{1,${rank}} `, "m"));
  return end < 0 ? rest : rest.slice(0, end);
}

/** Runs the commands of a section, with the local store at both of Vercel's addresses. */
async function walk(t, heading) {
  const commands = commandsOf(sectionOf(part, heading).replace(/https:\/\/(edge-config|api)\.vercel\.com(?=\/[$v])/g, store.url));
  assert.ok(commands.length > 0, `no command in ${heading}`);
  for (const step of commands) await t.test(step.command.split("\n")[0], () => take(step, { cwd: folder, env }));
}

const renameTemplate = (name) => sql(database.url("admin"), { text: `update widget_templates set name = '${name}' where template_id = 'faq-classic-light'` });

test("the role's SQL is enough, and nothing in it is too much", async () => {
  const [policies, bypass] = [...sectionOf(part, "### Michael's role").matchAll(/^```sql\n([\s\S]*?)^```$/gm)].map(([, text]) => text);
  const sync = async () => (await attempt(ATLAS_SYNC, ["plan", "--json"], { env: { ...env, ATLAS_STORE: `file:${join(folder, "planned.json")}` } })).how;
  const statements = policies.replace("…", PASSWORD).replace(/^--.*$/gm, "").split(";").map((text) => text.trim()).filter((text) => text !== "");
  assert.equal(statements.length, 7);
  const admin = database.url("admin");
  for (const statement of statements) {
    assert.equal(await sync(), 4, `before ${statement}`);
    await sql(admin, { text: statement });
  }
  assert.equal(await sync(), 0);
  await sql(admin, { text: "drop policy atlas_reads_all on plan_limits" });
  assert.equal(await sync(), 4);
  await sql(admin, { text: bypass });
  assert.equal(await sync(), 0);
  await assert.rejects(sql(database.url("atlas_reader"), { text: "update plan_limits set limit_value = 0" }), /permission denied/);
  await assert.rejects(sql(database.url("atlas_reader"), { text: "select from widget_instances" }), /permission denied/);
});

test("the store's tokens", (t) => walk(t, "### The store and its two tokens"));

test("running the job", (t) => walk(t, "### Running the job"));

test("signed snapshots", (t) => walk(t, "### Signed snapshots"));

test("a snapshot in the deployment", (t) => walk(t, "### A snapshot in the deployment"));

test("a wrong snapshot is put back and held, and what production holds is exported", async (t) => {
  await renameTemplate("Wrong");
  await run(ATLAS_SYNC, ["sync"], { env });
  await walk(t, "### When something is wrong");
  const [read, api] = await Promise.all(["items.json", "items-of-the-api.json"].map(async (name) => JSON.parse(await readFile(join(folder, name), "utf8"))));
  assert.deepEqual(Object.fromEntries(api.map(({ key, value }) => [key, value])), read);
  assert.ok(Object.hasOwn(read, "atlas_v1_manifest"));
});

test("the exit codes are those of --help, and what each says is not less", async () => {
  const help = await run(ATLAS_SYNC, ["--help"]);
  const listed = [...help.matchAll(/^ {2}(\d+) {2,}(\S.*)$/gm)].map(([, code]) => Number(code));
  assert.ok(listed.length >= 12, help);
  const rows = [...sectionOf(part, "### Exit codes").matchAll(/^\| (\d+) \| (.+) \| (.+) \|$/gm)];
  assert.deepEqual(rows.map(([, code]) => Number(code)), listed);
});

test("the log's events have the fields of the table", async () => {
  const rows = [...sectionOf(part, "### The log").matchAll(/^\| `([^`]+)`(?: \(`serve`\))? \| (\w+) \| (.+) \|$/gm)];
  const table = new Map(rows.map(([, message, level, fields]) => [message, { level, fields: [...fields.matchAll(/`(\w+)`/g)].map(([, name]) => name) }]));
  const logged = async (source) => {
    const { output } = await attempt(ATLAS_SYNC, ["sync", "--log-format", "json", "--heartbeat", "0s"], { env: { ...env, ATLAS_LOG: "info", ...source } });
    return output.split("\n").filter((line) => line.startsWith('{"timestamp"')).map((line) => JSON.parse(line));
  };
  await renameTemplate("Logged");
  const lines = [...(await logged({})), ...(await logged({ ATLAS_SOURCE: "file:missing" }))];
  const seen = new Set();
  for (const { level, fields: { message, ...fields } } of lines.filter(({ fields }) => table.has(fields.message))) {
    const row = table.get(message);
    assert.equal(level.toLowerCase(), row.level, message);
    for (const [name, value] of Object.entries(fields)) {
      assert.ok(row.fields.includes(name), `the README has no ${name} of "${message}"`);
      assert.match(typeof value, /^(number|string|boolean)$/, `${name} of "${message}"`);
    }
    seen.add(message);
  }
  // What a run always logs; the others need a bad row, a channel or a job that goes on.
  assert.ok(seen.size >= 8, [...seen].join());
});

test("the alerts are those that are printed, with their thresholds", async (t) => {
  await walk(t, "### Alerts and a dashboard");
  const rules = await readFile(join(folder, "atlas.yaml"), "utf8");
  const alerts = rules.split(/^ *- alert: /m).slice(1).map((text) => ({ name: text.split("\n")[0], ...numbersOf(text) }));
  assert.ok(alerts.length >= 7, rules);
  const rows = new Map([...sectionOf(part, "### Alerts and a dashboard").matchAll(/^\| `(\w+)`(?: \(critical\))? \| (.+?) \|/gm)].map(([, name, when]) => [name, when]));
  assert.deepEqual([...rows.keys()], alerts.map(({ name }) => name));
  for (const { name, thresholds } of alerts) for (const number of thresholds) assert.ok(rows.get(name).includes(number), `${name}: no ${number} in "${rows.get(name)}"`);
});

/** The thresholds of a rule's expression, as the README spells them. */
function numbersOf(text) {
  const expression = /expr: \|\n([\s\S]*?)\n +for:/.exec(text)[1];
  const spelled = [
    [/\((\d+) - (\d+)\) \* 3600/g, ([, from, less]) => `${from - less} h`],
    [/> (\d+) \* 3600/g, ([, hours]) => `${hours} h`],
    [/\)\) > ([1-9]\d*)$/gm, ([, seconds]) => `${seconds} s`],
    [/>= (\d+)\b/g, ([, lookups]) => `${lookups} lookups`],
    [/< (0\.\d+)/g, ([, rate]) => rate],
    [/> (0\.\d+)$/gm, ([, part]) => `${Number(part) * 100} %`],
  ];
  return { thresholds: spelled.flatMap(([pattern, spell]) => [...expression.matchAll(pattern)].map(spell)) };
}

test("every variable that the README names is one that something reads", async () => {
  const named = new Set(readme.match(/\b(?:ATLAS|VERCEL|SUPABASE|INTERNAL)_[A-Z][A-Z_]*[A-Z]\b/g));
  assert.ok(named.size >= 12, [...named].join());
  const helps = await Promise.all(["sync", "serve", "restore", "dev"].map((command) => run(ATLAS_SYNC, [command, "--help"])));
  const known = [...helps, await run(ATLAS_SYNC, ["--help"])].join("\n");
  const elsewhere = { ATLAS_EDGE_CONFIG: "tests/clickeen/paris/lib/atlas.ts", ATLAS_LIVE_STORE: "tests/sdk", ATLAS_SYNC_BINARY: "pkg-template/sync/options.js" };
  assert.deepEqual([...named].filter((name) => !known.includes(name) && !Object.hasOwn(elsewhere, name)), []);
});
