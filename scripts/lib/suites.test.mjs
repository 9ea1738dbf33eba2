// A suite that is run by itself sets up what its tests use. A whole run sets up everything, and would never show what is
// missing.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";

import { SUITES } from "./suites.mjs";

test("each suite whose tests open a browser needs one, and some do", async () => {
  const opening = [];
  for (const { name, needs, programs } of SUITES) {
    const tests = (await programs()).flatMap(({ args }) => args).filter((arg) => arg.endsWith(".test.mjs"));
    const folders = new Set(tests.map((file) => dirname(file)));
    if (![...folders].some(opensBrowser)) continue;
    opening.push(name);
    assert.ok(needs.includes("browser"), `the suite ${name} needs a browser: its tests import playwright-core`);
  }
  assert.notEqual(opening.length, 0);
});

function opensBrowser(folder) {
  const modules = readdirSync(folder).filter((name) => name.endsWith(".mjs"));
  return modules.some((name) => /^import .* from "playwright-core"/m.test(readFileSync(join(folder, name), "utf8")));
}
