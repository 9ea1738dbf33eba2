// The screenshots of the README, one of each view, in www/screenshots.
//
//   ATLAS_SCREENSHOTS=write npm test -- inspector
//
// makes them anew from the real page. Every run checks that there is one of each view, and that the page has not changed
// since they were made; pixels are not compared, since fonts differ from machine to machine.

import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { hashOf } from "../../scripts/lib/stamp.mjs";
import { KEYS, signedBy } from "./seal.mjs";
import { giveKeys } from "./states.mjs";
import { ROOT, Stage, launch, open, openFile, until, untilVerdict } from "./stage.mjs";

const FOLDER = join(ROOT, "www", "screenshots");
const SOURCES = join(FOLDER, "sources.sha256");
const MOST_BYTES = 100_000;
const WRITE = process.env.ATLAS_SCREENSHOTS === "write";
const HOW = "make them anew with ATLAS_SCREENSHOTS=write npm test -- inspector";

const says = (page, words) => page.locator("main").getByText(words).first().waitFor();

/** Each view, in which colours, and how to get to what it shows. */
const SHOTS = {
  overview: { theme: "light", reach: (page) => untilVerdict(page, "Venice serves version 2 from Atlas") },
  "overview-damaged": {
    view: "overview", theme: "dark",
    reach: async (page, stage) => {
      await openFile(page, "items-of-production.json", JSON.stringify(await damaged(stage)));
      await untilVerdict(page, "Venice fetches from Paris");
    },
  },
  signatures: {
    view: "overview/signatures", theme: "light",
    reach: async (page, stage) => {
      await openFile(page, "items-of-production.json", JSON.stringify(signedBy(await stage.items(), "old")));
      await giveKeys(page, KEYS.old.publicPem + KEYS.new.publicPem);
      await untilVerdict(page, "Venice serves version 2 from Atlas");
      await says(page, "not signed");
    },
  },
  entries: {
    theme: "light",
    reach: async (page, stage) => {
      await openFile(page, "items-of-production.json", JSON.stringify(await damaged(stage)));
      await says(page, "failed: corrupt");
      await page.locator('[data-key="atlas:v1:widgetSchemas"]').evaluate((card) => card.scrollIntoView());
    },
  },
  records: {
    theme: "light",
    reach: async (page) => {
      await page.getByLabel("Search").fill("classic");
      await says(page, "6 of 14 records");
    },
  },
  record: { view: "records/template/faq-classic-light", theme: "dark", reach: (page) => says(page, '"layout"') },
  lookup: {
    theme: "light",
    reach: async (page) => {
      await page.getByLabel("Fill in from a template").selectOption("faq-classic-light");
      await page.getByLabel("Schema version").fill("2025-10-01");
      // On a busy machine the store may once not answer within 50 ms.
      await until("mismatch", async () => {
        await page.getByRole("button", { name: "Look up" }).click();
        const decision = page.getByRole("region", { name: "Decision", exact: true });
        return (await decision.innerText()).includes("(schema_version_mismatch).");
      });
    },
  },
  compare: { theme: "light", reach: (page) => says(page, "1 record added, 1 changed, 1 removed.") },
  live: {
    theme: "dark",
    reach: async (page) => {
      await page.getByRole("img", { name: /^Hit rate: 1\d hits in / }).waitFor();
      await page.getByRole("button", { name: "Error 500" }).click();
      await page.locator(".now").getByText("fallback: breaker_open").waitFor();
      await page.getByRole("button", { name: "All off" }).click();
      await page.locator(".now").getByText("closed").waitFor();
      await page.getByRole("img", { name: /^Hit rate: 2\d hits in / }).waitFor();
      await page.getByRole("button", { name: "Error 500" }).click();
      await page.locator(".now").getByText("fallback: breaker_open").waitFor();
    },
  },
};

const sourcesNow = () => hashOf(["src", "public", "index.html"].map((path) => join(ROOT, "www", path)));

async function damaged(stage) {
  const items = await stage.items();
  items.atlas_v1_widgetSchemas = Object.fromEntries(Object.entries(items.atlas_v1_widgetSchemas).reverse());
  items.atlas_v1_widgetTemplates.payload["faq-classic-light"].name += "!";
  return items;
}

async function takeAll() {
  const [browser, stage] = [await launch(), await Stage.start()];
  try {
    await stage.syncChanged("widget_templates", (rows) => {
      rows[0].name = "Questions and answers";
      rows[0].defaults.title = "Questions";
      rows.push({ ...rows[1], template_id: "announcement-classic-dark", premium: true });
      rows.splice(2, 1);
    });
    await mkdir(FOLDER, { recursive: true });
    for (const [name, { view = name, theme, reach }] of Object.entries(SHOTS)) {
      const page = await open(browser, stage, { view, theme });
      await reach(page, stage);
      const session = await page.context().newCDPSession(page);
      const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: 80 });
      await writeFile(join(FOLDER, `${name}.webp`), Buffer.from(data, "base64"));
      await stage.faults();
      await page.context().close();
    }
    await writeFile(SOURCES, `${await sourcesNow()}\n`);
  } finally {
    await browser.close();
    await stage.end();
  }
}

if (WRITE) test("the screenshots are made", takeAll);

for (const name of Object.keys(SHOTS)) {
  test(`there is a screenshot: ${name}`, async () => {
    const image = await readFile(join(FOLDER, `${name}.webp`)).catch(() => assert.fail(`www/screenshots/${name}.webp is missing: ${HOW}`));
    assert.equal(image.toString("latin1", 8, 12), "WEBP");
    assert.ok(image.length > 4_000 && image.length < MOST_BYTES, `${image.length} bytes`);
  });
}

test("the page has not changed since they were made", async () => {
  const then = (await readFile(SOURCES, "utf8").catch(() => "")).trim();
  assert.equal(await sourcesNow(), then, `the screenshots are older than the page: ${HOW}`);
});
