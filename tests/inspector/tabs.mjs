// The Tab key alone: on each view, at a desktop's width and a phone's, it reaches everything that can be used, in its order,
// with a focus that is seen. The colours are two files of tests, each with its own time limit.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Stage, launch, open } from "./stage.mjs";
import { STATES, WIDTHS, prepare } from "./states.mjs";

/** One state of each view; the rest have the same controls. */
const WALKED = ["overview, damaged", "overview, public keys", "entries, well", "records", "a record", "lookup, fallback", "compare", "live"];

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

/** Numbers everything that can be used, in the page's order, and gives what each one is. */
const numberStops = (page) =>
  page.evaluate(() => {
    const usable = "a[href], button:enabled, input:enabled, textarea, select:enabled, summary, [tabindex='0']";
    const stops = [...document.querySelectorAll(usable)].filter((element) => element.checkVisibility());
    stops.forEach((element, at) => (element.dataset.stop = at));
    return stops.map((element) => element.outerHTML.slice(0, 80));
  });

/** What has the focus: its number, and whether that is seen. */
const focus = (page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    const { top, bottom, left, right } = element.getBoundingClientRect();
    return {
      stop: Number(element.dataset.stop ?? -1),
      isOutlined: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2,
      isInWindow: bottom > 0 && top < innerHeight && right > 0 && left < innerWidth,
      is: element.outerHTML.slice(0, 80),
    };
  });

/** Registers the tests of one theme. */
export function testTabs(theme) {
  for (const width of WIDTHS) {
    for (const name of WALKED) {
      test(`Tab through ${name}, ${width} px, ${theme}`, async () => {
        const [view, reach] = STATES[name];
        const page = await open(browser, stage, { view, theme, width });
        await page.getByRole("heading", { level: 1 }).waitFor();
        await reach(page, items);
        // From the top, wherever was clicked before.
        await page.evaluate(() => {
          const top = Object.assign(document.createElement("span"), { tabIndex: -1 });
          document.body.prepend(top);
          top.focus();
        });
        const stops = await numberStops(page);
        assert.ok(stops.length >= 9, stops.join("\n"));
        for (const [at, stop] of stops.entries()) {
          await page.keyboard.press("Tab");
          const { isOutlined, isInWindow, ...reached } = await focus(page);
          assert.equal(reached.stop, at, `expected ${stop}, found ${reached.is}`);
          assert.ok(isOutlined, `the focus is not seen on ${stop}`);
          assert.ok(isInWindow, `out of the window: ${stop}`);
        }
        assert.deepEqual(page.problems, []);
        await page.context().close();
      });
    }
  }
}
