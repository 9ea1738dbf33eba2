// What somebody on call sees of the local store: well, damaged, old, gone back, empty, stopped.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { checkedAt } from "./seal.mjs";
import { Stage, launch, open, untilVerdict } from "./stage.mjs";

const HOUR_MS = 3_600_000;

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** A stage and a page on it, both gone after the test; whatever went wrong in the page fails it. */
async function opened(t, { view, ...options } = {}) {
  const stage = await Stage.start(options);
  t.after(() => stage.end());
  const page = await open(browser, stage, { view });
  t.after(async () => {
    await page.context().close();
    assert.deepEqual(page.problems, []);
  });
  return { stage, page };
}

const figure = (page, name) => page.locator(`dt:text-is("${name}") + dd`).first().innerText();

test("a healthy store: Venice serves its version, and the figures are those of atlas-sync", async (t) => {
  const { stage, page } = await opened(t);
  const words = await untilVerdict(page, /^Venice serves version 1 from Atlas, confirmed against Michael (just now|\d+ seconds? ago)\./);
  assert.ok(!words.includes("What to do"), words);
  const { checksum } = await stage.sync();
  assert.equal(await figure(page, "Checksum"), checksum);
  assert.equal(await figure(page, "Version"), "1");
  assert.match(await figure(page, "Written by"), /^atlas-sync\/\d/);
  assert.match(await figure(page, "Read from"), /^the local store, in .* \(Venice waits 50 ms\)$/);
  const bytes = Buffer.byteLength(JSON.stringify(Object.values(await stage.items()))) - 2 - 4;
  await page.getByText(`${bytes.toLocaleString("en")} bytes of 1,000,000 used`).waitFor();
  assert.equal(await page.getByText("✓ verified").count(), 4);
});

test("a new version is shown without a reload", async (t) => {
  const { stage, page } = await opened(t);
  await untilVerdict(page, "Venice serves version 1");
  await stage.syncChanged("widget_templates", (rows) => (rows[0].name = "Changed"));
  await untilVerdict(page, "Venice serves version 2 from Atlas");
});

test("one byte of the state file flipped: the snapshot is at fault, and Entries shows both checksums", async (t) => {
  const { stage, page } = await opened(t);
  const { checksum } = (await stage.items()).atlas_v1_widgetTemplates;
  const text = await readFile(stage.state, "utf8");
  assert.ok(text.includes('"FAQ Classic Light"'));
  await writeFile(stage.state, text.replaceAll('"FAQ Classic Light"', '"FAQ Classic Lighu"'));
  const words = await untilVerdict(page, "Venice fetches from Paris for widgets with a template: an entry is not what was published");
  for (const said of ["(atlas:v1:widgetTemplates)", "checksum mismatch", "Widgets without a template are served from Atlas.",
    "keeps serving it from memory.", "the snapshot", "Run atlas-sync sync"]) {
    assert.ok(words.includes(said), `no ${said} in\n${words}`);
  }
  assert.equal(await figure(page, "Version"), "1");
  assert.match(await figure(page, "Confirmed against Michael"), /ago|just now/);
  await page.getByRole("link", { name: "atlas:v1:widgetTemplates" }).click();
  const card = page.locator('[data-key="atlas:v1:widgetTemplates"]');
  await card.getByText("failed: corrupt").waitFor();
  const shown = await card.innerText();
  assert.ok(shown.includes(`Expected\n${checksum}`), shown);
  assert.match(shown, /Computed\nsha256:[0-9a-f]{64}/);
  assert.ok(shown.includes("canonical form: what is wrong is its content"), shown);
  await stage.sync();
  await page.getByRole("link", { name: "Overview" }).click();
  await untilVerdict(page, "Venice serves version 2 from Atlas");
});

test("the manifest damaged: nothing is served", async (t) => {
  const { stage, page } = await opened(t);
  const items = await stage.items();
  await stage.replace({ ...items, atlas_v1_manifest: { ...items.atlas_v1_manifest, checkedAt: new Date().toISOString() } });
  await untilVerdict(page, "Venice fetches from Paris: an entry is not what was published (atlas:v1:manifest,");
  assert.equal(await figure(page, "Version"), "1, not verified");
});

test("an expired snapshot: the sync job is at fault", async (t) => {
  const { stage, page } = await opened(t);
  await stage.replace(checkedAt(await stage.items(), Date.now() - 14 * HOUR_MS));
  const words = await untilVerdict(page, "Venice fetches from Paris: it was confirmed against Michael 14 hours ago, and after 13 hours nothing is served.");
  assert.match(words, /At fault\s+the sync job\s+What to do\s+The job has stopped\./);
});

test("a snapshot that nobody has confirmed for 8 hours is served, with a warning", async (t) => {
  const { stage, page } = await opened(t);
  await stage.replace(checkedAt(await stage.items(), Date.now() - 8 * HOUR_MS));
  const words = await untilVerdict(page, "Venice serves version 1 from Atlas, confirmed against Michael 8 hours ago.");
  assert.ok(words.includes("Venice serves it for another 4 hours."), words);
  assert.ok(words.includes("the sync job"), words);
});

test("a last sync in the future: a clock is wrong", async (t) => {
  const { stage, page } = await opened(t);
  await stage.replace(checkedAt(await stage.items(), Date.now() + 2 * HOUR_MS));
  await untilVerdict(page, /the last sync lies in the future: in (1|2) hours?\./);
});

test("the store went back: what was verified before counts", async (t) => {
  const { stage, page } = await opened(t);
  const first = await stage.items();
  await stage.syncChanged("widget_templates", (rows) => (rows[0].name = "Changed"));
  await untilVerdict(page, "Venice serves version 2");
  await stage.replace(first);
  const words = await untilVerdict(page, "Venice fetches from Paris: the store went back to version 1, and version 2 was verified before.");
  assert.ok(words.includes("Run atlas-sync sync --min-version 3."), words);
  await stage.sync(undefined, "--min-version", "3");
  await untilVerdict(page, "Venice serves version 3");
});

test("plan hints missing: still served, and what that means", async (t) => {
  const { stage, page } = await opened(t);
  const { atlas_v1_planHints: _, ...items } = await stage.items();
  await stage.replace(items);
  const words = await untilVerdict(page, "atlas:v1:planHints cannot be served: branding stays enforced and every feature off.");
  assert.ok(words.startsWith("Venice serves version 1 from Atlas"), words);
});

test("nothing in the store", async (t) => {
  const { stage, page } = await opened(t, { rows: null });
  const words = await untilVerdict(page, "Venice fetches from Paris: the store holds nothing of Atlas.");
  assert.ok(words.includes("Run atlas-sync sync: it publishes what is missing"), words);
  assert.equal(await page.getByText("✗ key_missing").count(), 4);
  await stage.replace({ other: "thing" });
  await page.locator(".legend li", { hasText: "other keys" }).getByText("7 bytes").waitFor();
  await untilVerdict(page, "Venice fetches from Paris: the store holds nothing of Atlas.");
  await page.getByRole("link", { name: "Records" }).click();
  await page.getByText("The snapshot holds no records.").waitFor();
  await stage.sync();
  await page.getByRole("link", { name: "Overview" }).click();
  await untilVerdict(page, "Venice serves version 1");
});

test("the store stopped, and started again", async (t) => {
  const { stage, page } = await opened(t);
  await untilVerdict(page, "Venice serves version 1");
  await stage.stop();
  const words = await untilVerdict(page, "Venice fetches from Paris: the store does not answer, or answers with an error.");
  assert.ok(words.includes("The store cannot be reached."), words);
  assert.ok(words.includes("What stands below was read before that."), words);
  assert.match(words, /At fault\s+the store\s/);
  await stage.serve();
  await untilVerdict(page, "Venice serves version 1");
});

test("a state file that cannot be read: the store's own words are shown", async (t) => {
  const { stage, page } = await opened(t);
  await untilVerdict(page, "Venice serves version 1");
  const text = await readFile(stage.state, "utf8");
  await writeFile(stage.state, text.slice(0, text.length / 2));
  const words = await untilVerdict(page, "The store answered 500: ");
  assert.match(words, /line \d+/);
});

test("a store that is always late: Venice does not wait", async (t) => {
  const { stage, page } = await opened(t);
  await stage.faults({ kind: "slow", ms: 300, on: "reads" });
  const words = await untilVerdict(page, "Venice fetches from Paris: the store does not answer within 50 ms.");
  assert.match(words, /The last read took [3-9]\d\d ms|The last read took \d{4} ms/);
});
