// The links of the pages that people read: each leads to a file of the project, and to a heading in it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";

import { ROOT } from "./paths.mjs";

const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], { cwd: ROOT, encoding: "utf8" });
const PAGES = listed.split("\n").filter((page) => page !== "" && existsSync(join(ROOT, page)));
assert.ok(PAGES.includes("README.md"), `git lists ${PAGES}`);
const read = (path) => readFile(join(ROOT, path), "utf8");

/** The anchors of a page, as GitHub makes them. */
async function anchorsOf(path) {
  const headings = (await read(path)).replace(/^```[\s\S]*?^```$/gm, "").matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, text]) => text.toLowerCase().replace(/[^\w -]/g, "").replaceAll(" ", "-"));
}

for (const page of PAGES) {
  test(`the links of ${page}`, async () => {
    const links = [...(await read(page)).matchAll(/\]\((?!https?:)([^)\s]*)\)/g)].map(([, link]) => link);
    for (const link of links) {
      const [path, anchor] = link.split("#");
      const target = path === "" ? page : join(dirname(page), path);
      assert.ok(existsSync(join(ROOT, target)), `${link}: there is no ${target}`);
      if (anchor !== undefined) assert.ok((await anchorsOf(target)).includes(anchor), `${link}: ${target} has no such heading`);
    }
  });
}

test("the README's ten steps are ten, and each leads somewhere", async () => {
  const section = /^## Paris and Venice in ten steps$([\s\S]*?)^## /m.exec(await read("README.md"))[1];
  const steps = section.split(/^\d+\. /m).slice(1);
  assert.equal(steps.length, 10);
  for (const step of steps) assert.match(step, /\]\([^)]*#[^)]+\)/);
});
