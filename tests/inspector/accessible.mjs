// Each view in each of its states, at a desktop's width and a phone's: axe finds nothing (it checks what WCAG 2.2 AA lets a
// program check), and everything fits. The colours are two files of tests, each with its own time limit.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { overflowing } from "./overflow.mjs";
import { ROOT, Stage, launch, open, untilVerdict } from "./stage.mjs";
import { STATES, WIDTHS, prepare } from "./states.mjs";

const axe = await readFile(join(ROOT, "www", "node_modules", "axe-core", "axe.min.js"), "utf8");
const STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const HEIGHT = 800;

let browser, stage, items;
before(async () => {
  browser = await launch();
  stage = await Stage.start();
  items = await prepare(stage);
});
after(async () => {
  await browser?.close();
  await stage?.end();
});

/** What axe finds, in words. */
async function findings(page) {
  // Not as a script of the page: its policy forbids that.
  await page.evaluate(axe);
  const { violations, passes } = await page.evaluate((values) => window.axe.run({ runOnly: { type: "tag", values } }), STANDARDS);
  assert.ok(passes.length > 10, `${passes.length} rules ran`);
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join("; ")}`);
}

/** Checks a page as it stands, at each width. */
async function check(page) {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: HEIGHT });
    // The plots are drawn anew when the browser has told them of their new size.
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    assert.deepEqual(await overflowing(page), [], `what does not fit ${width} px`);
    assert.deepEqual(await findings(page), [], `at ${width} px`);
  }
}

/** Registers the tests of one theme. */
export function testAccessibility(theme) {
  for (const [name, [view, reach]] of Object.entries(STATES)) {
    test(`${name}, ${theme}`, async () => {
      const page = await open(browser, stage, { view, theme });
      await page.getByRole("heading", { level: 1 }).waitFor();
      await reach(page, items);
      assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), theme);
      await check(page);
      assert.deepEqual(page.problems, []);
      await page.context().close();
    });
  }

  test(`the store stopped, on the overview and live, ${theme}`, async (t) => {
    const lonely = await Stage.start();
    const page = await open(browser, lonely, { theme });
    t.after(() => page.context().close());
    await untilVerdict(page, "Venice serves version 1");
    await lonely.end();
    await untilVerdict(page, "the local store cannot be reached");
    await check(page);
    await page.setViewportSize({ width: WIDTHS[0], height: HEIGHT });
    await page.getByRole("link", { name: "Live" }).click();
    await page.getByText("fallback:").first().waitFor();
    await check(page);
  });
}
