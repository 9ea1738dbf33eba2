// Work is skipped only when the same inputs were worked on, to the end, before.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { ROOT } from "./paths.mjs";
import { hashOf, modulesOf, unlessUnchanged } from "./stamp.mjs";

async function folder(t) {
  const path = await mkdtemp(join(tmpdir(), "atlas-stamp-"));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

test("the same inputs are worked on once", async (t) => {
  const stamp = join(await folder(t), "deep", "stamp");
  let times = 0;
  const job = (inputs) => unlessUnchanged({ stamp, inputs, work: async () => (times += 1) });
  assert.equal(await job("a"), undefined);
  assert.equal(await job("a"), "unchanged");
  assert.equal(await job("b"), undefined);
  assert.equal(times, 2);
});

test("work that failed is done again", async (t) => {
  const stamp = join(await folder(t), "stamp");
  const job = (work) => unlessUnchanged({ stamp, inputs: "b", work });
  await unlessUnchanged({ stamp, inputs: "a", work: async () => {} });
  await assert.rejects(job(() => Promise.reject(new Error("broken"))), /broken/);
  assert.equal(await job(async () => {}), undefined);
});

test("a hash changes with a file's content and its name, not with what is skipped", async (t) => {
  const path = await folder(t);
  await mkdir(join(path, "below"));
  await writeFile(join(path, "below", "a"), "1");
  const skip = (name) => name === "skipped";
  const before = await hashOf([path], skip);
  await writeFile(join(path, "skipped"), "x");
  assert.equal(await hashOf([path], skip), before);
  await writeFile(join(path, "below", "a"), "2");
  const changed = await hashOf([path], skip);
  assert.notEqual(changed, before);
  await rm(join(path, "below", "a"));
  await writeFile(join(path, "below", "b"), "2");
  assert.notEqual(await hashOf([path], skip), changed);
});

test("a script depends on what it imports, and on what that imports, each once", async (t) => {
  const path = await folder(t);
  const files = { "a.mjs": 'import { b } from "./below/b.mjs";\nconst text = `\n  import { d } from "./d.mjs";`;', "c.mjs": 'import "node:fs";\nexport { a } from "./a.mjs";' };
  await mkdir(join(path, "below"));
  await writeFile(join(path, "below", "b.mjs"), `import { c } from "${".."}/c.mjs";\nimport { x } from "x";`);
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
  assert.deepEqual([...(await modulesOf(join(path, "a.mjs")))], ["a.mjs", "below/b.mjs", "c.mjs"].map((name) => join(path, name)));
});

test("what takes panics out of the Wasm is among what makes the package", async () => {
  assert.ok((await modulesOf(join(ROOT, "scripts", "build.mjs"))).has(join(ROOT, "scripts", "lib", "silence.mjs")));
});
