// The workspace as one installs it: pnpm, turbo and the job by both names of its filter, over a real PostgreSQL and the
// local store, which the job writes through Vercel's API.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { APPS, workspaceEnvironment } from "../../scripts/lib/clickeen.mjs";
import { CLICKEEN, ROOT } from "../../scripts/lib/paths.mjs";
import { attempt } from "../../scripts/lib/run.mjs";
import { startGround } from "./support/stack.mjs";

const manifest = async (...path) => JSON.parse(await readFile(join(...path, "package.json"), "utf8"));

/** `pnpm turbo run atlas:sync` with a filter, and nothing of this process's own settings of Atlas. */
function turbo(filter, env) {
  return attempt("pnpm", ["turbo", "run", "atlas:sync", `--filter=${filter}`], { cwd: CLICKEEN, env: workspaceEnvironment(env) });
}

test("pnpm turbo run atlas:sync publishes, by both names of the filter", async (t) => {
  const ground = await startGround(t);
  const first = await turbo("paris", ground.jobEnvironment);
  assert.equal(first.how, 0, first.output);
  assert.match(first.output, /paris:atlas:sync: published version 1/);
  assert.equal((await ground.items()).atlas_v1_manifest.version, 1);

  await ground.michael.change("update widget_templates set name = 'Renamed' where template_id = 'faq-classic-light'");
  const second = await turbo("./paris", ground.jobEnvironment);
  assert.equal(second.how, 0, second.output);
  assert.match(second.output, /paris:atlas:sync: published version 2/);
  const { atlas_v1_widgetTemplates: templates } = await ground.items();
  assert.match(JSON.stringify(templates), /"Renamed"/);

  // The same task again, with nothing changed: turbo runs it, and does not replay what it printed the last time.
  const third = await turbo("./paris", ground.jobEnvironment);
  assert.match(third.output, /paris:atlas:sync: unchanged/);
  assert.match(third.output, /cache bypass/);
});

test("a job that fails fails the task, and the snapshot stands", async (t) => {
  const ground = await startGround(t);
  assert.equal((await turbo("paris", ground.jobEnvironment)).how, 0);
  const before = await ground.items();

  const { INTERNAL_ADMIN_KEY: _, ...withoutKey } = ground.jobEnvironment;
  const notAllowed = await turbo("paris", withoutKey);
  assert.equal(notAllowed.how, 3, notAllowed.output);
  assert.match(notAllowed.output, /INTERNAL_ADMIN_KEY/);

  // Row security as the product's own migrations leave it: without a policy the role reads no row.
  await ground.michael.change("drop policy published_data on plan_limits");
  const hidden = await turbo("paris", ground.jobEnvironment);
  assert.equal(hidden.how, 4, hidden.output);
  assert.match(hidden.output, /plan_limits/);
  assert.deepEqual(await ground.items(), before);
});

test("the pins of the workspace are those that were tested", async () => {
  const [workspace, repository] = [await manifest(CLICKEEN), await manifest(ROOT)];
  assert.equal(workspace.packageManager, `pnpm@${repository.devDependencies.pnpm}`);
  for (const app of APPS) {
    const { dependencies } = await manifest(CLICKEEN, app);
    const names = Object.keys(dependencies).filter((name) => name.startsWith("@clickeen/"));
    for (const name of names) {
      const installed = await manifest(CLICKEEN, app, "node_modules", name);
      assert.equal(installed.version, dependencies[name], `${app}: ${name}`);
    }
  }
});

test("Vercel's cron calls the job's route once an hour", async () => {
  const { crons } = JSON.parse(await readFile(join(CLICKEEN, "paris", "vercel.json"), "utf8"));
  assert.equal(crons.length, 1);
  const [{ path, schedule }] = crons;
  assert.match(schedule, /^\d{1,2} \* \* \* \*$/);
  const route = await readFile(join(CLICKEEN, "paris", "app", path, "route.ts"), "utf8");
  assert.match(route, /export function GET\(/);
});
