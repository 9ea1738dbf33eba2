// Two snapshots compared: what was added, changed and removed, and what changed inside a record.

import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { after, before, test } from "node:test";

import { PATIENCE_MS, Stage, launch, open, openFile, until, untilVerdict } from "./stage.mjs";

let browser, stage, first;
before(async () => {
  browser = await launch();
  stage = await Stage.start();
  first = await stage.items();
  await stage.syncChanged("widget_templates", (rows) => {
    rows[0].name = "Questions";
    rows[0].defaults.title = undefined;
    rows[0].accents = ["blue"];
    rows.push({ ...rows[1], template_id: "announcement-new" });
    rows.splice(2, 1);
  });
});
after(async () => {
  await browser?.close();
  await stage?.end();
});

async function opened(t) {
  const page = await open(browser, stage, { view: "compare" });
  t.after(async () => {
    await page.context().close();
    assert.deepEqual(page.problems, []);
  });
  return page;
}

/** The rows of the table of changes: where, before, after. */
const changes = (page) => page.locator("tbody tr").evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent)));

test("the store now and its earlier state, record by record and member by member", async (t) => {
  const page = await opened(t);
  await page.getByText("version 1 → version 2: 1 record added, 1 changed, 1 removed.").waitFor();
  assert.match(await page.getByLabel("Before").locator("option:checked").innerText(), /^the local store, state v\d+ of 20/);
  assert.equal(await page.getByLabel("After").locator("option:checked").innerText(), "the local store, now");
  const groups = await page.locator("main section").allInnerTexts();
  assert.match(groups[0], /^Added \(1\)\s+template announcement-new/);
  assert.match(groups[1], /^Changed \(1\)\s+template faq-classic-light 3 changes/);
  assert.match(groups[2], /^Removed \(1\)\s+template newsletter-classic-light/);
  assert.deepEqual(await changes(page), [
    ["accents › 0", "nothing", '"blue"'],
    ["defaults › title", '"Frequently Asked Questions"', "nothing"],
    ["name", '"FAQ Classic Light"', '"Questions"'],
  ]);
});

test("a file that was opened, and the store, either way round", async (t) => {
  const page = await opened(t);
  await openFile(page, "first.json", JSON.stringify(first));
  await page.getByText("version 2 → version 1: 1 record added, 1 changed, 1 removed.").waitFor();
  assert.equal(await page.getByLabel("Before").locator("option:checked").innerText(), "the local store, now");
  await page.getByLabel("After").selectOption("the local store, now");
  await page.getByText("version 2 → version 2: no record differs.").waitFor();
  await page.getByLabel("Before").selectOption("first.json");
  await page.getByText("version 1 → version 2: 1 record added, 1 changed, 1 removed.").waitFor();
});

test("while a file is shown, the store now stays what it is now", async (t) => {
  const own = await Stage.start();
  const page = await open(browser, own, { view: "compare" });
  t.after(async () => {
    await page.context().close();
    await own.end();
  });
  await page.getByText("There is only one snapshot.").waitFor();
  await openFile(page, "first.json", JSON.stringify(await own.items()));
  await page.getByText("version 1 → version 1: no record differs.").waitFor();
  await own.syncChanged("widget_templates", (rows) => (rows[0].name = "Changed"));
  await page.getByText("version 2 → version 1: 0 records added, 1 changed, 0 removed.").waitFor();
  await page.getByLabel("Before").locator("option", { hasText: /^the local store, state v1 / }).waitFor({ state: "attached" });
});

test("members in another order are no change", async (t) => {
  const page = await opened(t);
  const reverse = (value) => {
    if (Array.isArray(value)) return value.map(reverse);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).reverse().map(([name, member]) => [name, reverse(member)]));
  };
  await openFile(page, "reversed.json", JSON.stringify(reverse(await stage.items())));
  await page.getByText("version 2 → version 2: no record differs.").waitFor();
});

test("with one snapshot only it says what to do", async (t) => {
  const { page } = await withStoreOfItsOwn(t, "compare");
  await page.getByText("There is only one snapshot. Open a file to compare it with").waitFor();
});

test("the earlier states of a store that was away are there once it is back", async (t) => {
  const { own, page } = await withStoreOfItsOwn(t, "overview", ["Changed"]);
  await untilVerdict(page, "Venice serves version 2 from Atlas");
  await own.stop();
  await untilVerdict(page, "the local store cannot be reached");
  await page.getByRole("link", { name: "Compare", exact: true }).click();
  await page.getByText("There is only one snapshot.").waitFor();
  await own.serve();
  await page.getByText("version 1 → version 2: 0 records added, 1 changed, 0 removed.").waitFor();
});

test("the states of another store that serves in its place are compared, and not those before with the same ids", async (t) => {
  const { own, page } = await withStoreOfItsOwn(t, "compare", ["Changed"]);
  await page.getByText("version 1 → version 2: 0 records added, 1 changed, 0 removed.").waitFor();
  await own.stop();
  await rm(own.state);
  await rm(`${own.state}.backups`, { recursive: true });
  for (const name of ["One", "Two"]) await own.syncChanged("widget_templates", (rows) => rows.splice(0, 3, { ...rows[0], name }));
  await own.serve();
  const found = async () => JSON.stringify(await changes(page));
  await until("what changed in the other store", async () => (await found()) === JSON.stringify([["name", '"One"', '"Two"']]), PATIENCE_MS);
  await page.getByText("version 1 → version 2: 0 records added, 1 changed, 0 removed.").waitFor();
});

test("a store that is away is not shown as it is now", async (t) => {
  const { own, page } = await withStoreOfItsOwn(t, "compare");
  const chosen = (words) => page.getByLabel("After").locator("option:checked", { hasText: words }).waitFor({ state: "attached" });
  await chosen("the local store, now");
  await own.stop();
  await chosen("the local store, as it was read last");
  const said = page.getByText("The store cannot be reached. What is shown is from the last read that succeeded.");
  for (const view of ["Compare", "Entries", "Records", "Try a lookup"]) {
    await page.getByRole("link", { name: view, exact: true }).click();
    await said.waitFor();
  }
  for (const view of ["Overview", "Live"]) {
    await page.getByRole("link", { name: view, exact: true }).click();
    await said.waitFor({ state: "detached" });
  }
});

/** A page on a store that ends with the test. The first template gets each of these names in turn. */
async function withStoreOfItsOwn(t, view, names = []) {
  const own = await Stage.start();
  for (const name of names) await own.syncChanged("widget_templates", (rows) => (rows[0].name = name));
  const page = await open(browser, own, { view });
  t.after(async () => {
    await page.context().close();
    await own.end();
  });
  return { own, page };
}
