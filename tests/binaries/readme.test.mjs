// The package's README says what the package does: every option with its variable, every function, every code.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

const read = (path) => readFile(new URL(path, import.meta.url), "utf8");
const [readme, project, types, source] = await Promise.all(
  ["pkg-template/sync/README.md", "README.md", "pkg-template/sync/index.d.ts", "pkg-template/sync/options.js"].map((path) => read(`../../${path}`)),
);

test("the README's table has every option of the types, with the variable that it becomes", () => {
  // Those of the reports are `readonly`.
  const declared = [...types.matchAll(/^ {2}(\w+)\?: /gm)].map(([, name]) => name);
  assert.ok(declared.length > 20, `${declared}`);
  const rows = readme.split("\n").filter((line) => line.startsWith("| `"));
  for (const name of declared) assert.ok(rows.some((row) => row.split("|")[1].includes(`\`${name}\``)), name);
  const variables = [...source.matchAll(/^ {2}(\w+): \["(\w+)"/gm)];
  assert.ok(variables.length > 15);
  for (const [, name, variable] of variables) {
    assert.ok(rows.some((row) => row.split("|")[1].includes(`\`${name}\``) && row.includes(`\`${variable}\``)), `${name} ${variable}`);
    assert.match(types, new RegExp(`Variable: \`${variable}\``), variable);
  }
});

test("both READMEs have every function", () => {
  const functions = [...types.matchAll(/^export function (\w+)/gm)].map(([, name]) => name);
  assert.deepEqual(functions, ["sync", "plan", "verify", "status"]);
  for (const name of functions) for (const text of [readme, project]) assert.ok(text.includes(`\`${name}(options?)\``), name);
});
