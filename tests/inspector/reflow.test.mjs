// A window of 320 px, as a page has at 400 % zoom on a desktop (WCAG 1.4.10): each view in each of its states fits it, with
// letters of twice the size too, and scrolls in one direction only.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { overflowing } from "./overflow.mjs";
import { Stage, launch, open } from "./stage.mjs";
import { STATES, prepare } from "./states.mjs";

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

const letters = (page) => page.evaluate(() => parseFloat(getComputedStyle(document.body).fontSize));

for (const [name, [view, reach]] of Object.entries(STATES)) {
  test(`${name}: it fits 320 px, with letters of twice the size too`, async (t) => {
    const page = await open(browser, stage, { view, width: 320, height: 640 });
    t.after(() => page.context().close());
    await reach(page, items);
    assert.deepEqual(await overflowing(page), []);
    // As for somebody whose browser has other letters by default.
    const before = await letters(page);
    await page.evaluate(() => (document.documentElement.style.fontSize = "200%"));
    // The plots follow their boxes a frame later.
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    assert.equal(await letters(page), 2 * before);
    assert.deepEqual(await overflowing(page), [], "letters of twice the size");
  });
}
