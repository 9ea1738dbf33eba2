// A system that forces its own colours on every page, such as Windows' contrast themes: what the page says with a colour is
// still seen.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Stage, launch, open, untilVerdict } from "./stage.mjs";

let browser, stage;
before(async () => {
  browser = await launch();
  stage = await Stage.start();
});
after(async () => {
  await browser?.close();
  await stage?.end();
});

async function opened(t, view) {
  const page = await open(browser, stage, { view });
  t.after(() => page.context().close());
  await page.emulateMedia({ forcedColors: "active" });
  return page;
}

const style = (locator, name) => locator.evaluateAll((all, name) => all.map((element) => getComputedStyle(element)[name]), name);

test("the view that is shown is the only one that is underlined", async (t) => {
  const page = await opened(t, "overview");
  await page.getByRole("heading", { level: 1 }).waitFor();
  const [ground] = await style(page.locator("body"), "backgroundColor");
  const lines = await style(page.locator(".tabs a"), "borderBottomColor");
  assert.deepEqual(lines.map((colour) => colour !== ground), [true, false, false, false, false, false]);
});

test("a switch that is on looks other than one that is off", async (t) => {
  const page = await opened(t, "live");
  t.after(() => stage.faults());
  await page.getByRole("button", { name: "Slow" }).click();
  await page.locator("button[aria-pressed=true]").waitFor();
  const [on] = await style(page.locator("button[aria-pressed=true]"), "backgroundColor");
  const [off] = await style(page.locator("button[aria-pressed=false]").first(), "backgroundColor");
  assert.notEqual(on, off);
});

test("each part of the size bar and of its legend has a colour of its own, and each lookup of the strip is seen", async (t) => {
  const page = await opened(t, "overview");
  await untilVerdict(page, "Venice serves version 1");
  for (const parts of [".bar .part", ".swatch"]) {
    const colours = await style(page.locator(parts), "backgroundColor");
    assert.equal(new Set(colours).size, 6, `${parts}: ${colours}`);
  }
  await page.getByRole("link", { name: "Live", exact: true }).click();
  const lookup = page.locator(".strip span").first();
  await lookup.waitFor();
  assert.notDeepEqual(await style(lookup, "backgroundColor"), await style(page.locator("body"), "backgroundColor"));
  assert.equal(new Set(await style(page.locator(".key"), "color")).size, 2);
});
