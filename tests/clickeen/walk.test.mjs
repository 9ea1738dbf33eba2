// The walk itself: what a README shows has to be there, and what it leaves out may be anything.
import assert from "node:assert/strict";
import { test } from "node:test";

import { commandsOf, take } from "./support/walk.mjs";

const run = (text) => Promise.all(commandsOf(text).map((step) => take(step, { cwd: ".", env: process.env })));
const block = (...lines) => ["```console", ...lines, "```"].join("\n");

test("commands are read with what they show, over several lines too", () => {
  const text = `a\n${block("$ one \\", "  more", "shown", "$ two")}\nb\n\`\`\`sh\n$ not\n\`\`\`\n${block("$ three")}`;
  assert.deepEqual(commandsOf(text), [
    { command: "one \\\n  more", shown: ["shown"] },
    { command: "two", shown: [] },
    { command: "three", shown: [] },
  ]);
});

test("what is shown is found, in its order", async () => {
  await run(block("$ printf 'a: 1\\r\\nb (2)\\nc\\n'", "a: 1", "…", "c"));
  await run(block("$ printf 'a: 12; d\\nb\\n'", "a: …; d", "b"));
  await run(block("$ echo anything"));
  await assert.rejects(run(block("$ echo a", "b")), /found/);
  await assert.rejects(run(block("$ printf 'a\\nb\\n'", "b")), /found/);
  await assert.rejects(run(block("$ printf 'a\\nb\\n'", "…", "b", "a")), /found/);
  await assert.rejects(run(block("$ printf 'a 1\\n'", "a.1")), /found/);
});
