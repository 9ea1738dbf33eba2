// What somebody on call sees of the local store: well, damaged, old, gone back, empty, stopped.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { checkedAt, seal } from "./seal.mjs";
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
  assert.ok(shown.includes("canonical form, so it is the content that differs"), shown);
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
  assert.match(words, /At fault\s+the sync job\s+What to do\s+No sync has succeeded since\./);
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
  await untilVerdict(page, /the last sync is in the future: (1|2) hours? ahead of this machine's clock\./);
});

test("a last sync by a clock that is a little ahead is served, and not told as if it were to come", async (t) => {
  const { stage, page } = await opened(t);
  await stage.replace(checkedAt(await stage.items(), Date.now() + 4 * 60_000));
  const ahead = /[1-4] minutes? ahead of this machine's clock/;
  assert.match(await untilVerdict(page, ahead), /^Venice serves version 1 from Atlas, confirmed against Michael /);
  assert.match(await page.locator('dt:text-is("Confirmed against Michael") + dd').innerText(), ahead);
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
  const words = await untilVerdict(page, "Venice fetches from Paris: the store has no entry of Atlas.");
  assert.ok(words.includes("Run atlas-sync sync: it publishes what is missing"), words);
  assert.equal(await page.getByText("✗ key_missing").count(), 4);
  await stage.replace({ other: "thing" });
  await page.locator(".legend li", { hasText: "other keys" }).getByText("7 bytes").waitFor();
  await untilVerdict(page, "Venice fetches from Paris: the store has no entry of Atlas.");
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
  const words = await untilVerdict(page, "Venice fetches from Paris: the local store cannot be reached.");
  assert.ok(words.includes("The figures below are from the last read that succeeded."), words);
  assert.ok(words.includes("Start it again: atlas-sync dev."), words);
  assert.match(words, /At fault\s+the store\s/);
  await stage.serve();
  await untilVerdict(page, "Venice serves version 1");
});

test("a state file that cannot be read: the store's own words are shown", async (t) => {
  const { stage, page } = await opened(t);
  await untilVerdict(page, "Venice serves version 1");
  const text = await readFile(stage.state, "utf8");
  await writeFile(stage.state, text.slice(0, text.length / 2));
  const words = await untilVerdict(page, "Venice fetches from Paris: the local store answers with an error.");
  assert.ok(words.includes("The store answered 500: "), words);
  assert.match(words, /line \d+/);
});

test("a store that is always late: Venice does not wait", async (t) => {
  const { stage, page } = await opened(t);
  await stage.faults({ kind: "slow", ms: 300, on: "reads" });
  const words = await untilVerdict(page, "Venice fetches from Paris: the store does not answer within 50 ms.");
  assert.match(words, /The last read took [3-9]\d\d ms|The last read took \d{4} ms/);
});

test("a store that never answers is told apart from one that is stopped", async (t) => {
  const { stage, page } = await opened(t);
  await untilVerdict(page, "Venice serves version 1");
  await stage.faults({ kind: "hang", on: "reads" });
  const words = await untilVerdict(page, "Venice fetches from Paris: the local store does not answer.");
  assert.ok(words.includes("See under Live whether a fault is switched on."), words);
});

test("a restored snapshot is held: since when, until when, and how it ends", async (t) => {
  const { stage, page } = await opened(t);
  await stage.syncChanged("widget_templates", (rows) => (rows[0].name = "Changed"));
  await untilVerdict(page, "Venice serves version 2");
  assert.equal(await page.locator('dt:text-is("Held")').count(), 0);
  await stage.ask("restore");
  const held = await untilVerdict(page, "It is held since backup v");
  assert.match(held, /^Venice serves version 3 from Atlas/);
  assert.match(held, /syncs renew it and publish nothing of Michael's until atlas-sync release\./);
  assert.match(held, /What to do\s+Correct Michael's rows, then run atlas-sync release\./);
  assert.ok(!held.includes("At fault"), held);
  assert.match(await figure(page, "Held"), /^since backup v\d+ was restored, until atlas-sync release$/);
  await stage.ask("release");
  await page.locator('dt:text-is("Held")').waitFor({ state: "detached" });
  await stage.ask("restore", "--hold", "24h");
  await untilVerdict(page, /until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, or until atlas-sync release\./);
  assert.match(await figure(page, "Held"), /^since backup v\d+ was restored, until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
});

test("a hold that has ended, and one that cannot be understood", async (t) => {
  const { stage, page } = await opened(t);
  const items = await stage.items();
  const held = (hold) => ({ ...items, atlas_v1_manifest: seal({ ...items.atlas_v1_manifest, hold }) });
  await stage.replace(held({ restoredFrom: "v1", until: new Date(Date.now() - HOUR_MS).toISOString() }));
  const words = await untilVerdict(page, "Its hold since backup v1 was restored ended 1 hour ago");
  assert.ok(!words.includes("What to do"), words);
  await stage.replace(held({ until: "soon" }));
  await untilVerdict(page, "It is held since a backup was restored: syncs renew it and publish nothing of Michael's until atlas-sync release.");
});

test("a signed snapshot shows who signed it, and that this is not verified here", async (t) => {
  const { stage, page } = await opened(t);
  await untilVerdict(page, "Venice serves version 1");
  assert.equal(await figure(page, "Signatures"), "none");
  const items = await stage.items();
  const signed = (signatures) => ({ ...items, atlas_v1_manifest: { ...items.atlas_v1_manifest, signatures } });
  await stage.replace(signed({ "0123456789abcdef": "c2ln", fedcba9876543210: "c2ln" }));
  const shown = "by key 0123456789abcdef, by key fedcba9876543210, not verified here: the page has no public key";
  await page.locator('dt:text-is("Signatures") + dd', { hasText: shown }).waitFor();
  await untilVerdict(page, "Venice serves version 1 from Atlas");
  // The checksum does not cover them, so anything can stand there.
  await stage.replace(signed(Object.fromEntries([...Array(9).keys()].map((n) => [`${n}`.repeat(500), null]))));
  await page.locator('dt:text-is("Signatures") + dd', { hasText: "and 5 more, not verified here" }).waitFor();
  await stage.replace(signed("none"));
  await page.locator('dt:text-is("Signatures") + dd', { hasText: /^none$/ }).waitFor();
});

test("the marker of a write is counted as Atlas's, and other keys are not", async (t) => {
  const { stage, page } = await opened(t);
  await untilVerdict(page, "Venice serves version 1");
  const part = (name) => page.locator(".legend li", { hasText: name });
  assert.match(await part("revision marker").innerText(), /revision marker 13 bytes$/);
  assert.match(await part("other keys").innerText(), /other keys 0 bytes$/);
  await stage.replace({ ...(await stage.items()), atlas_v1_rev_01: 1 });
  await part("other keys").getByText("1 byte").waitFor();
  await page.getByRole("link", { name: "Entries", exact: true }).click();
  const section = (name) => page.locator("main section", { has: page.getByRole("heading", { name }) });
  assert.deepEqual(await section("Revision marker").locator("summary").allInnerTexts(), ["atlas_v1_rev_1"]);
  assert.deepEqual(await section("Other keys in the store").locator("summary").allInnerTexts(), ["atlas_v1_rev_01"]);
});
