// What each view is for can be done with the keyboard alone; and an address leads to what it names.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { PATIENCE_MS, Stage, launch, open, paste, until, untilFocused, untilVerdict } from "./stage.mjs";
import { prepare } from "./states.mjs";

let browser, stage;
before(async () => {
  browser = await launch();
  stage = await Stage.start();
  await prepare(stage);
});
after(async () => {
  await browser?.close();
  await stage?.end();
});

async function opened(t, options) {
  const page = await open(browser, stage, options);
  t.after(async () => {
    await page.context().close();
    assert.deepEqual(page.problems, []);
  });
  return page;
}

test("overview: an entry's link leads to that entry, which has the focus and the title", async (t) => {
  const page = await opened(t, { height: 500 });
  await untilVerdict(page, "Venice serves version 2");
  await page.getByRole("link", { name: "atlas:v1:planHints" }).focus();
  await page.keyboard.press("Enter");
  const heading = page.getByRole("heading", { name: "atlas:v1:planHints" });
  await heading.waitFor();
  await untilFocused(page, "atlas:v1:planHints");
  assert.equal(await page.title(), "atlas:v1:planHints · Entries · Atlas inspector");
  const { y } = await heading.boundingBox();
  assert.ok(y >= 0 && y < 300, `the heading is at ${y} px`);
  assert.equal(await page.locator("[aria-current=location]").getAttribute("data-key"), "atlas:v1:planHints");
});

test("entries: an address that names an entry shows it when the page is opened", async (t) => {
  const page = await opened(t, { view: "entries/atlas:v1:planHints", height: 500 });
  const heading = page.getByRole("heading", { name: "atlas:v1:planHints" });
  await until("the entry in the window", async () => {
    const { y } = await heading.boundingBox();
    return y >= 0 && y < 300;
  });
});

test("entries: a raw text is opened and read", async (t) => {
  const page = await opened(t, { view: "entries" });
  await page.locator("summary").first().focus();
  await page.keyboard.press("Enter");
  await page.getByRole("region", { name: /^Raw text, / }).first().waitFor();
  await page.keyboard.press("Tab");
  await untilFocused(page, /"key":"atlas:v1:manifest"/);
});

test("records: a record that is opened has the focus and the title, and the way back leads to its link", async (t) => {
  const page = await opened(t, { view: "records" });
  await page.getByLabel("Search").focus();
  await page.keyboard.type("content.faq");
  await page.getByText("2 of 14 records").waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "template faq-classic-light" }).waitFor();
  await untilFocused(page, "template faq-classic-light");
  assert.equal(await page.title(), "template faq-classic-light · Records · Atlas inspector");
  await page.goBack();
  await untilFocused(page, "faq-classic-light");
  assert.equal(await page.title(), "Records · Atlas inspector");
});

test("records: a record that is not there is said where the focus is", async (t) => {
  const page = await opened(t, { view: "records" });
  await page.getByText("14 records").waitFor();
  await page.evaluate(() => (location.hash = "#/records/plan/none"));
  await untilFocused(page, /There is no plan none in/);
});

test("Alt and a digit open a view, and write what a Mac's keyboard has there into a field", async (t) => {
  const page = await opened(t, { view: "records" });
  const search = page.getByLabel("Search");
  await search.focus();
  const press = (key) => search.evaluate((field, key) => field.dispatchEvent(new KeyboardEvent("keydown", { key, code: "Digit5", altKey: true, bubbles: true, cancelable: true })), key);
  assert.equal(await press("["), true, "the bracket is written");
  assert.equal(await press("5"), false);
  await page.getByRole("heading", { name: "Compare", exact: true }).waitFor();
});

test("lookup: filled in and asked", async (t) => {
  const page = await opened(t, { view: "lookup" });
  await page.getByLabel("Plan").focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("gold");
  await page.keyboard.press("Enter");
  await page.getByRole("region", { name: "Decision", exact: true }).waitFor();
});

test("compare: another side is chosen, and a change opened", async (t) => {
  const page = await opened(t, { view: "compare" });
  await page.getByText("2 changed").waitFor();
  await page.locator("summary").first().focus();
  const isOpen = () => page.locator("details").first().evaluate(({ open }) => open);
  const before = await isOpen();
  await page.keyboard.press("Enter");
  assert.equal(await isOpen(), !before);
  await page.getByLabel("Before").focus();
  await page.keyboard.press("Home");
  await page.getByText("no record differs.").waitFor();
});

test("live: a fault is switched on and off", async (t) => {
  const page = await opened(t, { view: "live" });
  t.after(() => stage.faults());
  const fault = page.getByRole("button", { name: "Error 500" });
  await fault.focus();
  await page.keyboard.press("Space");
  await page.getByRole("button", { name: "Error 500", pressed: true }).waitFor();
  await page.keyboard.press("Space");
  await page.getByRole("button", { name: "Error 500", pressed: false }).waitFor({ timeout: PATIENCE_MS });
});

test("a screen reader is told of another verdict, and not of each second that passes", async (t) => {
  const own = await Stage.start();
  const page = await open(browser, own);
  t.after(async () => {
    await page.context().close();
    await own.end();
  });
  await untilVerdict(page, /confirmed against Michael \d+ seconds ago/);
  await page.evaluate(() => {
    window.said = [];
    const note = () => window.said.push([...document.querySelectorAll("main [aria-live], main [role=status]")].map(({ textContent }) => textContent).join());
    for (const region of document.querySelectorAll("main [aria-live], main [role=status]")) {
      new MutationObserver(note).observe(region, { subtree: true, childList: true, characterData: true });
    }
  });
  const age = async () => (await page.getByRole("region", { name: "Verdict" }).innerText()).match(/(\d+) seconds ago/)?.[1];
  const before = await age();
  await until("another age", async () => (await age()) !== before);
  assert.deepEqual(await page.evaluate(() => window.said), []);
  await own.syncChanged("widget_templates", (rows) => (rows[0].name = "Changed"));
  await until("word of version 2", async () => (await page.evaluate(() => window.said)).at(-1) === "Venice serves version 2 from Atlas.");
});

test("a control that is pressed keeps the focus, or hands it on where it goes", async (t) => {
  const page = await opened(t);
  await untilVerdict(page, "Venice serves version 2");
  await paste(page, "no snapshot");
  await page.getByRole("button", { name: "Dismiss" }).press("Enter");
  await untilFocused(page, "Overview");
  await page.keyboard.press("Alt+6");
  const allOff = page.getByRole("button", { name: "All off" });
  await page.getByRole("button", { name: "Slow" }).press("Enter");
  await page.locator("button[aria-pressed=true]").waitFor();
  await allOff.press("Enter");
  await page.getByText("No fault is switched on.").waitFor();
  await untilFocused(page, "All off");
  await page.keyboard.press("Alt+4");
  await page.getByRole("button", { name: "Look up" }).press("Enter");
  await page.locator("[aria-live]").getByText("atlas").first().waitFor();
  await untilFocused(page, "Look up");
});
