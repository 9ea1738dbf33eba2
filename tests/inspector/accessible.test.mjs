// axe finds nothing on any view, in light and in dark, well or broken. (It checks what WCAG 2.2 AA lets a program check.)

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { checkedAt } from "./seal.mjs";
import { ROOT, Stage, launch, open, openFile, untilVerdict } from "./stage.mjs";

const axe = await readFile(join(ROOT, "www", "node_modules", "axe-core", "axe.min.js"), "utf8");
const STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

let browser, stage, items;
before(async () => {
  browser = await launch();
  stage = await Stage.start();
  items = await stage.items();
  await stage.syncChanged("widget_templates", (rows) => {
    rows[0].name = "Questions";
    rows[1].premium = true;
    rows.push({ ...rows[1], template_id: "new" });
    rows.splice(2, 1);
  });
});
after(async () => {
  await browser?.close();
  await stage?.end();
});

const says = (page, words) => page.locator("main").getByText(words).first().waitFor();

const damaged = () => {
  const copy = structuredClone(items);
  copy.atlas_v1_widgetTemplates = Object.fromEntries(Object.entries(copy.atlas_v1_widgetTemplates).reverse());
  copy.atlas_v1_widgetTemplates.payload["faq-classic-light"].name = "damaged";
  return JSON.stringify(copy);
};

/** Each view in the states that it can be in: how to get there. */
const STATES = {
  "overview, well": ["overview", (page) => untilVerdict(page, "Venice serves version 2")],
  "overview, damaged": ["overview", async (page) => {
    await openFile(page, "damaged.json", damaged());
    await untilVerdict(page, "Venice fetches from Paris");
  }],
  "overview, warned": ["overview", async (page) => {
    await openFile(page, "late.json", JSON.stringify(checkedAt(items, Date.now() - 8 * 3_600_000)));
    await untilVerdict(page, "Venice serves it for another");
  }],
  "overview, a file refused": ["overview", async (page) => {
    await untilVerdict(page, "Venice serves version 2");
    await openFile(page, "x.json", "{");
    await page.getByRole("alert").getByText("is no snapshot").waitFor();
  }],
  "entries, well": ["entries", async (page) => {
    await says(page, "verified");
    for (const summary of await page.locator("summary").all()) await summary.click();
  }],
  "entries, damaged": ["entries", async (page) => {
    await openFile(page, "damaged.json", damaged());
    await says(page, "failed: corrupt");
    await says(page, "The stored text departs from its canonical form");
  }],
  records: ["records", (page) => says(page, "14 records")],
  "records, none found": ["records", async (page) => {
    await page.getByLabel("Search").fill("nothing like it");
    await says(page, "No record fits.");
  }],
  "a record": ["records/template/announcement-classic-light", (page) => says(page, '"premium"')],
  "no such record": ["records/plan/none", (page) => says(page, "There is no plan none")],
  "lookup, before": ["lookup", (page) => says(page, "Public id")],
  "lookup, served": ["lookup", async (page) => {
    await page.getByRole("button", { name: "Look up" }).click();
    await says(page, "The whole decision");
  }],
  "lookup, fallback": ["lookup", async (page) => {
    await page.getByLabel("Schema version").fill("2031-01-01");
    await page.getByRole("button", { name: "Look up" }).click();
    await says(page, "The whole decision");
  }],
  compare: ["compare", async (page) => {
    await says(page, "2 changed");
    for (const details of await page.locator("details:not([open]) summary").all()) await details.click();
  }],
  live: ["live", (page) => says(page, "hit, version 2")],
};

/** What axe finds, in words. */
async function findings(page) {
  // Not as a script of the page: its policy forbids that.
  await page.evaluate(axe);
  const { violations, passes } = await page.evaluate((values) => window.axe.run({ runOnly: { type: "tag", values } }), STANDARDS);
  assert.ok(passes.length > 10, `${passes.length} rules ran`);
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join("; ")}`);
}

for (const theme of ["light", "dark"]) {
  for (const [name, [view, reach]] of Object.entries(STATES)) {
    test(`${name}, ${theme}`, async () => {
      const page = await open(browser, stage, { view, theme });
      await page.getByRole("heading", { level: 1 }).waitFor();
      await reach(page);
      assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), theme);
      assert.deepEqual(await findings(page), []);
      assert.deepEqual(page.problems, []);
      await page.context().close();
    });
  }
}

test("the store stopped, on the overview and live", async (t) => {
  const lonely = await Stage.start();
  const page = await open(browser, lonely, { theme: "dark" });
  t.after(() => page.context().close());
  await untilVerdict(page, "Venice serves version 1");
  await lonely.end();
  await untilVerdict(page, "The store cannot be reached.");
  assert.deepEqual(await findings(page), []);
  await page.getByRole("link", { name: "Live" }).click();
  await page.getByText("fallback:").first().waitFor();
  assert.deepEqual(await findings(page), []);
});
