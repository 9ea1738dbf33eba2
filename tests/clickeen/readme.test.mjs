// The adoption guide: its commands are run in order, and the code that it shows is in the workspace's files.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { SECRETS } from "../../scripts/lib/clickeen-servers.mjs";
import { workspaceEnvironment } from "../../scripts/lib/clickeen.mjs";
import { CLICKEEN } from "../../scripts/lib/paths.mjs";
import { filesBelow } from "../../scripts/lib/stamp.mjs";
import { startStack } from "./support/stack.mjs";
import { commandsOf, take } from "./support/walk.mjs";

const NOT_SHOWN = ["node_modules", ".next", ".turbo", "vendor", "README.md"];
const readme = await readFile(join(CLICKEEN, "README.md"), "utf8");

test("each command of the guide prints what it shows", async (t) => {
  const stack = await startStack(t, { publish: false });
  const env = workspaceEnvironment({
    ...stack.jobEnvironment,
    CRON_SECRET: SECRETS.cronSecret,
    PARIS_URL: stack.paris.url,
    VENICE_URL: stack.venice.url,
  });
  const commands = commandsOf(readme);
  assert.ok(commands.length >= 15, `${commands.length} commands`);
  for (const step of commands) await t.test(step.command, () => take(step, { cwd: CLICKEEN, env }));
});

test("each piece of code that the guide shows is in a file of the workspace", async () => {
  const shown = [...readme.matchAll(/^```(?:ts|json|sql)\n([\s\S]*?)^```$/gm)].map(([, code]) => code.trimEnd());
  assert.ok(shown.length >= 8, `${shown.length} pieces`);
  const files = await filesBelow(CLICKEEN, (name) => NOT_SHOWN.includes(name) || name.endsWith(".mjs"));
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
  for (const code of shown) assert.ok(texts.some((text) => text.includes(`${code}`)), `in no file:\n${code}`);
});

test("each file that the guide names is there", async () => {
  const named = [...readme.matchAll(/`((?:paris|venice|venice-edge|packages)\/[^`]+|turbo\.json|pnpm-workspace\.yaml)`/g)];
  assert.ok(named.length >= 10, `${named.length} files`);
  const files = await filesBelow(CLICKEEN, (name) => NOT_SHOWN.includes(name));
  for (const [, path] of named) {
    const full = join(CLICKEEN, path);
    assert.ok(files.some((file) => file === full || file.startsWith(`${full}/`)), path);
  }
});
