// Finding a record: by typing, by filters, by a link, by the keyboard alone.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { overflowing } from "./overflow.mjs";
import { Stage, launch, open, openFile, untilFocused } from "./stage.mjs";

let browser, stage;
before(async () => {
  browser = await launch();
  stage = await Stage.start({ rows: null });
  await stage.syncChanged("widget_templates", (rows) => (rows[0].premium = true));
});
after(async () => {
  await browser?.close();
  await stage?.end();
});

async function opened(t, options) {
  const page = await open(browser, stage, { view: "records", ...options });
  t.after(async () => {
    await page.context().close();
    assert.deepEqual(page.problems, []);
  });
  return page;
}

const titles = (page) => page.locator(".rows tbody tr").evaluateAll((rows) => rows.map((row) => [...row.children].slice(0, 2).map((cell) => cell.firstChild.textContent).join(" ")));

test("typing narrows the list with each key, over ids and whatever stands in a record", async (t) => {
  const page = await opened(t);
  await page.getByText("14 records", { exact: true }).waitFor();
  const search = page.getByLabel("Search");
  await search.pressSequentially("faq");
  await page.getByText("2 of 14 records").waitFor();
  assert.deepEqual(await titles(page), ["template faq-classic-light", "schema content.faq"]);
  await search.fill("FREQUENTLY template");
  await page.getByText("1 of 14 records").waitFor();
  assert.deepEqual(await titles(page), ["template faq-classic-light"]);
  await search.fill("no such thing");
  await page.getByText("No record matches.").waitFor();
});

test("a filter that nothing fits in another source is still shown", async (t) => {
  const page = await opened(t);
  await page.getByLabel("Widget type").selectOption("forms.contact");
  await page.getByText("2 of 14 records").waitFor();
  await openFile(page, "renamed.json", JSON.stringify(await stage.items()).replaceAll("forms.contact", "forms.other"));
  await page.getByText("No record matches.").waitFor();
  assert.equal(await page.getByLabel("Widget type").inputValue(), "forms.contact");
  await page.getByLabel("Widget type").selectOption("all");
  await page.getByText("14 records", { exact: true }).waitFor();
});

test("filters by kind, widget type, version and premium", async (t) => {
  const page = await opened(t);
  await page.getByLabel("Kind").selectOption("plans");
  await page.getByText("2 of 14 records").waitFor();
  assert.deepEqual(await titles(page), ["plan free", "plan paid"]);
  await page.getByLabel("Kind").selectOption("all");
  await page.getByLabel("Widget type").selectOption("forms.contact");
  await page.getByText("2 of 14 records").waitFor();
  assert.deepEqual(await titles(page), ["template classic-light", "schema forms.contact"]);
  await page.getByLabel("Widget type").selectOption("all");
  await page.getByLabel("Schema version").selectOption("2025-09-01");
  await page.getByText("12 of 14 records").waitFor();
  await page.getByLabel("Premium").selectOption("premium");
  await page.getByText("1 of 14 records").waitFor();
  assert.deepEqual(await titles(page), ["template faq-classic-light"]);
});

test("a link opens just that record, and leads back to the list as it was", async (t) => {
  const page = await opened(t);
  await page.getByLabel("Search").fill("newsletter");
  await page.getByRole("link", { name: "template newsletter-classic-light" }).click();
  await page.getByRole("heading", { name: "newsletter-classic-light" }).waitFor();
  assert.ok(page.url().endsWith("#/records/template/newsletter-classic-light"), page.url());
  assert.equal(await page.locator(".rows").count(), 0);
  const other = await page.context().newPage();
  await other.goto(page.url());
  await other.getByText('"name": "Newsletter Classic Light"').waitFor();
  await page.getByRole("link", { name: "engagement.newsletter 2025-09-01" }).click();
  await page.getByText('"$schema": "http://json-schema.org/draft-07/schema#"').waitFor();
  await page.goBack();
  await page.getByRole("link", { name: "← All records" }).click();
  await page.getByText("2 of 14 records").waitFor();
});

test("a name with every sign that an address knows has a link too; one that is not there says so", async (t) => {
  const page = await opened(t, { view: "records/plan/none" });
  await page.getByText("There is no plan none in the local store.").waitFor();
  const name = "a/b?c#d%20e &f";
  const items = { atlas_v1_planHints: { payload: { [name]: { branding: { enforced: true } } } } };
  await openFile(page, "odd.json", JSON.stringify(items));
  await page.getByRole("link", { name: "← All records" }).click();
  await page.getByRole("link", { name: `plan ${name}` }).click();
  await page.getByRole("heading", { name }).waitFor();
  await page.getByText("Venice does not serve it: its entry atlas:v1:planHints is not verified").waitFor();
  await page.goto(`${stage.url}/inspector#/records/plan/%E0%A4%A`);
  await page.getByText("There is no plan %E0%A4%A in ").waitFor();
});

test("the keyboard alone: to a view, to the search, into the list, to a record", async (t) => {
  const page = await opened(t, { view: "overview" });
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  await page.keyboard.press("Alt+3");
  await page.getByText("14 records").waitFor();
  await untilFocused(page, "Records");
  await page.keyboard.press("Control+k");
  await untilFocused(page, "search");
  await page.keyboard.type("premiumTemplates");
  await page.getByText("2 of 14 records").waitFor();
  await page.keyboard.press("Control+k");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await untilFocused(page, "paid");
  await page.keyboard.press("ArrowUp");
  await untilFocused(page, "free");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "free" }).waitFor();
});

test("the list has a head for each column", async (t) => {
  const page = await opened(t);
  await page.getByText("14 records", { exact: true }).waitFor();
  const columns = await page.getByRole("columnheader").allInnerTexts();
  assert.deepEqual(columns.map((name) => name.trim()), ["Kind", "Name", "Widget type", "Schema version"]);
  const row = page.getByRole("row", { name: "faq-classic-light" });
  assert.deepEqual(await row.getByRole("cell").allInnerTexts(), ["template", "content.faq", "2025-09-01"]);
  // The link lies over the whole row.
  await row.getByText("2025-09-01").click({ force: true });
  await page.getByRole("heading", { name: "template faq-classic-light" }).waitFor();
});

test("a narrow screen scrolls in one direction only, on every view, with letters of twice the size too", async (t) => {
  for (const [view, words] of Object.entries({
    overview: "Venice serves version 1", entries: "Raw text, 2,", records: "14 records", "records/template/faq-classic-light": "FAQ Classic",
    lookup: "Public id", compare: "There is only one snapshot", live: "Last lookup",
  })) {
    const page = await opened(t, { view, width: 320, height: 640 });
    await page.locator("main").getByText(words).first().waitFor();
    assert.deepEqual(await overflowing(page), [], view);
    // As for somebody whose browser has other letters by default.
    const letters = () => page.evaluate(() => parseFloat(getComputedStyle(document.body).fontSize));
    const before = await letters();
    await page.evaluate(() => (document.documentElement.style.fontSize = "200%"));
    // The plots follow their boxes a frame later.
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    assert.equal(await letters(), 2 * before, view);
    assert.deepEqual(await overflowing(page), [], `${view}, letters of twice the size`);
  }
});
