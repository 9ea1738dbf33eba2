// A snapshot of 1 MB: how soon the overview stands, and how soon the search answers each key.
//
// The targets are 500 ms and 16 ms. What was measured is printed beside them. Asserted is four times the first (the
// median load) and twice the second (95 % of the keys, the least of three rounds for each), for a machine that is slow and
// shared: what was measured is far below, and a list that is drawn whole with each key is above.

import assert from "node:assert/strict";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { MICHAEL } from "../../scripts/lib/paths.mjs";
import { Stage, launch, open, untilFocused, untilVerdict } from "./stage.mjs";

const OVERVIEW_MS = 500;
const SEARCH_MS = 16;
const MOST_OVERVIEW_MS = 4 * OVERVIEW_MS;
const MOST_SEARCH_MS = 2 * SEARCH_MS;
const LOADS = 5;

let browser, stage, bytes;
before(async () => {
  browser = await launch();
  stage = await Stage.start({ rows: null });
  ({ bytes } = await stage.sync(await manyRows()));
});
after(async () => {
  await browser?.close();
  await stage?.end();
});

/** Michael's rows and as many templates more as a store can hold. */
async function manyRows() {
  const rows = await mkdtemp(join(stage.directory, "rows-"));
  for (const table of ["widget_templates", "widget_schemas", "plan_features", "plan_limits"]) {
    const list = JSON.parse(await readFile(join(MICHAEL, `${table}.json`), "utf8"));
    if (table === "widget_templates") {
      for (let number = 0; number < 1_950; number += 1) {
        const text = `Template ${number}: ${"lorem ipsum dolor ".repeat(11)}${(number * 7919) % 10_007}`;
        list.push({ ...list[1], template_id: `bulk-${number}`, name: `Bulk ${number}`, premium: number % 2 === 0, defaults: { message: text, dismissable: true } });
      }
    }
    await writeFile(join(rows, `${table}.json`), JSON.stringify(list));
  }
  return rows;
}

const sorted = (values) => [...values].sort((a, b) => a - b);
const median = (values) => sorted(values)[Math.floor(values.length / 2)];
const shown = (values) => values.map((value) => value.toFixed(1)).join(", ");

test("the overview stands soon after the data has arrived", async (t) => {
  assert.ok(bytes > 950_000 && bytes <= 1_000_000, `${bytes} bytes`);
  const times = [];
  for (let load = 0; load < LOADS; load += 1) {
    const page = await open(browser, stage);
    await untilVerdict(page, "Venice serves version 1 from Atlas");
    times.push(await page.evaluate(() => performance.getEntriesByName("atlas:overview")[0].duration));
    await page.getByText(`of 1,000,000 used, ${Math.round(bytes / 10_000)} %`).waitFor();
    await page.getByText("atlas-sync warns from 80 % on").waitFor();
    assert.deepEqual(page.problems, []);
    await page.context().close();
  }
  t.diagnostic(`overview of ${bytes} bytes, ms from the text's arrival to the verdict in the page: ${shown(times)}; median ${median(times).toFixed(1)}, target ${OVERVIEW_MS}`);
  assert.ok(median(times) <= MOST_OVERVIEW_MS, shown(times));
});

test("the search answers each key within a frame", async (t) => {
  const page = await open(browser, stage, { view: "records" });
  await page.getByText("1,964 records").waitFor();
  const search = page.getByLabel("Search");
  await search.pressSequentially("lorem 1234");
  await page.getByText(/^\d+ of 1,964 records$/).waitFor();
  await search.fill("");
  // From the key to the page laid out again: handler, search, rendering (a microtask later), style and layout.
  const rounds = [];
  for (let round = 0; round < 3; round += 1) rounds.push(await search.evaluate(typed));
  const times = rounds[0].map((_, key) => Math.min(...rounds.map((times) => times[key])));
  await page.getByText("1,964 records").waitFor();
  const slow = sorted(times).at(Math.floor(times.length * 0.95));
  const over = times.filter((time) => time > SEARCH_MS).length;
  t.diagnostic(`search in 1964 records, ms from a key to the list laid out again: median ${median(times).toFixed(1)}, 95 % ${slow.toFixed(1)}, most ${Math.max(...times).toFixed(1)}, ${over} of ${times.length} over ${SEARCH_MS}`);
  assert.ok(slow <= MOST_SEARCH_MS, shown(times));
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("what asks for more hands the focus on to it when it goes", async (t) => {
  const page = await open(browser, stage, { view: "records" });
  t.after(() => page.context().close());
  await page.getByLabel("Search").fill("bulk-19");
  await page.getByText("61 of 1,964 records").waitFor();
  await page.getByRole("button", { name: "Show more" }).press("Enter");
  await untilFocused(page, await page.locator(".rows a").nth(40).innerText());
  await page.goto(`${stage.url}/inspector#/entries`);
  await page.locator("summary", { hasText: /Raw text, \d{3},\d{3} / }).press("Enter");
  await page.getByRole("button", { name: /^Show all / }).press("Enter");
  await untilFocused(page, /"bulk-1949"/);
  assert.deepEqual(page.problems, []);
});

/** Types words into the search and takes them away again, in the page. @returns {Promise<number[]>} how long each key took */
async function typed(input) {
  const times = [];
  const drawn = () => performance.getEntriesByName("atlas:search").length;
  const type = async (text) => {
    const before = drawn();
    input.value = text;
    const started = performance.now();
    input.dispatchEvent(new InputEvent("input", { bubbles: true }));
    await Promise.resolve();
    await Promise.resolve();
    document.body.getBoundingClientRect();
    times.push(performance.now() - started);
    if (drawn() !== before + 1) throw new Error(`${drawn() - before} renderings for one key`);
    await new Promise((done) => requestAnimationFrame(done));
  };
  for (const word of ["bulk-1234", "dolor 4321", "announcement", "no such record"]) {
    for (let length = 1; length <= word.length; length += 1) await type(word.slice(0, length));
    for (let length = word.length - 1; length >= 0; length -= 1) await type(word.slice(0, length));
  }
  return times;
}
