// The live view: a fault is switched on, the breaker opens, the fault is switched off, the breaker closes.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { PATIENCE_MS, Stage, launch, open, until, untilVerdict } from "./stage.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

async function opened(t) {
  const stage = await Stage.start();
  t.after(() => stage.end());
  const page = await open(browser, stage, { view: "live" });
  t.after(async () => {
    await page.context().close();
    assert.deepEqual(page.problems, []);
  });
  return { stage, page };
}

const shows = (page, words) => page.locator(".now").getByText(words).waitFor();
const reasons = (page) => page.locator(".reasons tbody tr").evaluateAll((rows) => Object.fromEntries(rows.map((row) => [row.querySelector("code").textContent, Number(row.lastElementChild.textContent)])));

for (const [label, words, reason] of [
  ["Error 500", "reads are answered with 500", "unavailable"],
  ["Hang", "reads are never answered", "timeout"],
  ["Drop", "the connection ends without an answer", "unavailable"],
]) {
  test(`${label}: the breaker opens, and closes again`, async (t) => {
    const { page } = await opened(t);
    await shows(page, "hit, version 1");
    await shows(page, "closed");
    await page.getByRole("button", { name: label }).click();
    await page.getByText(`Switched on: ${words}.`).waitFor();
    await shows(page, "open: the store is asked every 5 seconds");
    await shows(page, "fallback: breaker_open");
    const counted = await reasons(page);
    // On a busy machine an answer that fails may be late besides.
    const failed = (counted.timeout ?? 0) + (counted.unavailable ?? 0);
    assert.ok(counted[reason] >= 1 && failed >= 3, JSON.stringify(counted));
    await page.getByText(`"event":"atlas_unavailable","level":"warn","reason":"${reason}"`).waitFor();
    await page.getByRole("button", { name: "All off" }).click();
    await page.getByText("No fault is switched on.").waitFor();
    await shows(page, "hit, version 1");
    await shows(page, "closed");
    await page.getByText('"event":"atlas_recovered"').waitFor();
    await page.getByRole("img", { name: /^The last \d+ lookups: \d+ hits, [1-9]\d* fallbacks$/ }).waitFor();
  });
}

test("a corrupt manifest, an old version, and both off again", async (t) => {
  const { stage, page } = await opened(t);
  await stage.syncChanged("widget_templates", (rows) => (rows[0].name = "Changed"));
  await shows(page, "hit, version 2");
  await page.getByRole("button", { name: "Corrupt manifest" }).click();
  await shows(page, "fallback: corrupt");
  await page.getByRole("button", { name: "Old version" }).click();
  await page.getByText("Switched on: one wrong byte in the manifest; the state before the last write.").waitFor();
  await page.getByRole("button", { name: "Corrupt manifest" }).click();
  await shows(page, "fallback: rollback");
  assert.equal(await page.getByRole("button", { name: "Old version" }).getAttribute("aria-pressed"), "true");
  await page.getByRole("button", { name: "Old version" }).click();
  await page.getByText("No fault is switched on.").waitFor();
  await shows(page, "hit, version 2");
});

test("templates damaged in the store: the reader that has verified them keeps serving, the overview says what a new one does", async (t) => {
  const { page } = await opened(t);
  await shows(page, "hit, version 1");
  await page.getByRole("button", { name: "Corrupt templates" }).click();
  await page.getByText("Switched on: one wrong byte in the templates; a reader that has verified them keeps them.").waitFor();
  await page.getByRole("link", { name: "Overview" }).click();
  const words = await untilVerdict(page, "Venice fetches from Paris for widgets with a template");
  assert.ok(words.includes("An instance of Venice that has verified this snapshot before keeps serving it from memory."), words);
  await page.getByRole("link", { name: "Live" }).click();
  await shows(page, "hit, version 1");
  assert.equal((await reasons(page)).corrupt, undefined);
});

test("a fault that something else switched on is shown and can be switched off", async (t) => {
  const { stage, page } = await opened(t);
  await shows(page, "hit, version 1");
  await stage.faults({ kind: "status", status: 503, on: "reads" });
  await shows(page, "fallback: unavailable");
  await page.reload();
  await page.getByRole("button", { name: "Error 500", pressed: true }).click();
  await shows(page, "hit, version 1");
});

test("what is said of the faults is what the store has now, in the figures that it has", async (t) => {
  const { stage, page } = await opened(t);
  await page.getByText("No fault is switched on.").waitFor();
  await stage.faults({ kind: "slow", ms: 5, on: "reads" }, { kind: "hang", on: "writes" });
  await page.getByText('Switched on: {"kind":"slow","ms":5,"on":"reads"}; {"kind":"hang","on":"writes"}.').waitFor();
  await page.getByRole("button", { name: "Slow", pressed: true }).click();
  await page.getByText('Switched on: {"kind":"hang","on":"writes"}.').waitFor();
  // Switched on elsewhere in the meantime: one switch leaves it on.
  await page.evaluate(() => (window.fetch = ((fetch) => (path, init) => (init.method === undefined && path === "/_atlas/faults" ? new Promise((done) => setTimeout(() => done(fetch(path, init)), 300)) : fetch(path, init)))(window.fetch)));
  await stage.faults({ kind: "slow", ms: 7, on: "apiReads" });
  await page.getByRole("button", { name: "Slow" }).click();
  await page.getByText('Switched on: {"kind":"slow","ms":7,"on":"apiReads"}; reads take 200 ms.').waitFor();
  await stage.faults();
  await page.getByText("No fault is switched on.").waitFor();
});

test("the plots are drawn, and the store's reads are counted", async (t) => {
  const { page } = await opened(t);
  await page.getByRole("img", { name: /^Hit rate: [3-9]\d* hits in / }).waitFor();
  const painted = () =>
    page.locator("canvas").evaluateAll((canvases) =>
      canvases.map((canvas) => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        return data.filter((value, at) => at % 4 === 3 && value > 0).length;
      }),
    );
  await until("three plots", async () => {
    const pixels = await painted();
    return pixels.length === 3 && pixels.every((count) => count > 1_000);
  }, PATIENCE_MS);
});

/** Notes every text on a canvas since it was last cleared, with the place that it takes. */
function noteLabels() {
  const drawn = new Map();
  const { clearRect, fillText } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.clearRect = function (...args) {
    drawn.set(this.canvas, []);
    return clearRect.apply(this, args);
  };
  CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
    const { width } = this.measureText(text);
    const left = x - { left: 0, start: 0, center: width / 2, right: width, end: width }[this.textAlign];
    drawn.get(this.canvas)?.push({ text, left, right: left + width, y });
    return fillText.apply(this, [text, x, y]);
  };
  window.labels = () => [...drawn].filter(([{ isConnected }]) => isConnected).map(([{ width }, labels]) => ({ width, labels }));
}

/** The pixels between two labels that still read as two. */
const GAP = 6;

for (const width of [1280, 390]) {
  test(`the labels of the plots stand apart, and inside, ${width} px`, async (t) => {
    const stage = await Stage.start();
    t.after(() => stage.end());
    const page = await open(browser, stage, { view: "live", width, init: noteLabels });
    t.after(() => page.context().close());
    for (const lookups of ["3", "6", "10"]) {
      await page.getByRole("img", { name: new RegExp(`^Hit rate: \\d+ hits in ${lookups} lookups`) }).waitFor();
      const plots = await page.evaluate(() => window.labels());
      assert.equal(plots.length, 3);
      for (const { width, labels } of plots) {
        assert.ok(labels.some(({ text }) => /^\d\d:\d\d:\d\d$/.test(text)), JSON.stringify(labels));
        for (const [at, { text, left, right, y }] of labels.entries()) {
          assert.ok(left >= 0 && right <= width, `${text} is cut off: ${left} to ${right} of ${width}`);
          const beside = labels.slice(at + 1).filter((other) => Math.abs(other.y - y) < 12);
          for (const other of beside) assert.ok(other.left >= right + GAP || other.right <= left - GAP, `${text} and ${other.text} collide`);
        }
      }
    }
  });
}
