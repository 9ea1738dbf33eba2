// Each view in the states that it can be in, and how to get there: what the tests of the whole page go through.

import { KEYS, checkedAt, seal } from "./seal.mjs";
import { handFile, openFile, untilVerdict } from "./stage.mjs";

/** Two windows: a desktop's and a phone's. */
export const WIDTHS = [1280, 390];

export const says = (page, words) => page.locator("main").getByText(words).first().waitFor();

/** The items with two defects: an entry in another order, and another entry with a changed record. */
export function damaged(items) {
  const copy = structuredClone(items);
  copy.atlas_v1_widgetTemplates = Object.fromEntries(Object.entries(copy.atlas_v1_widgetTemplates).reverse());
  copy.atlas_v1_widgetTemplates.payload["faq-classic-light"].name = "damaged";
  return copy;
}

export async function giveKeys(page, text) {
  await page.getByLabel("Public keys").fill(text);
  await page.getByRole("button", { name: "Check signatures" }).click();
}

/** The items held and signed, as `restore` and a signing key leave them. */
export function heldAndSigned(items) {
  const hold = { restoredFrom: "v3", until: new Date(Date.now() + 86_400_000).toISOString() };
  const manifest = seal({ ...items.atlas_v1_manifest, hold });
  const signatures = { "0123456789abcdef": "c2lnbmF0dXJl".repeat(7), fedcba9876543210: "c2lnbmF0dXJl".repeat(7) };
  return { ...items, atlas_v1_manifest: { ...manifest, signatures } };
}

/**
 * What the store holds for them: version 2 of Michael's rows, in which some have changed.
 *
 * @param {import("./stage.mjs").Stage} stage
 * @returns the items of version 1
 */
export async function prepare(stage) {
  const items = await stage.items();
  await stage.syncChanged("widget_templates", (rows) => {
    rows[0].name = "Questions";
    rows[1].premium = true;
    rows.push({ ...rows[1], template_id: "new" });
    rows.splice(2, 1);
  });
  return items;
}

/** By name: the view, and how to get to what it shows from the items of version 1. */
export const STATES = {
  "overview, well": ["overview", (page) => untilVerdict(page, "Venice serves version 2")],
  "overview, damaged": ["overview", async (page, items) => {
    await openFile(page, "damaged.json", JSON.stringify(damaged(items)));
    await untilVerdict(page, "Venice fetches from Paris");
  }],
  "overview, warned": ["overview", async (page, items) => {
    await openFile(page, `late-${"long-name".repeat(12)}.json`, JSON.stringify(checkedAt(items, Date.now() - 8 * 3_600_000)));
    await untilVerdict(page, "Venice serves it for another");
  }],
  "overview, held and signed": ["overview", async (page, items) => {
    await openFile(page, "held.json", JSON.stringify(heldAndSigned(items)));
    await untilVerdict(page, "It is held since");
  }],
  "overview, public keys": ["overview", async (page, items) => {
    await openFile(page, "held.json", JSON.stringify(heldAndSigned(items)));
    await giveKeys(page, KEYS.old.publicPem + KEYS.new.publicPem);
    await page.getByText("wrong key").first().waitFor();
    await untilVerdict(page, "the manifest is not signed as the reader requires");
  }],
  "overview, keys refused": ["overview", async (page) => {
    await giveKeys(page, "no-key-".repeat(200));
    await page.getByRole("alert").getByText("Expected an Ed25519 public key").waitFor();
  }],
  "overview, a file refused": ["overview", async (page) => {
    await untilVerdict(page, "Venice serves version 2");
    await handFile(page, `${"x".repeat(80)}.json`, "{");
    await page.getByRole("alert").getByText("is not a snapshot").waitFor();
  }],
  "entries, well": ["entries", async (page) => {
    await says(page, "verified");
    for (const summary of await page.locator("summary").all()) await summary.click();
  }],
  "entries, damaged": ["entries/atlas:v1:widgetTemplates", async (page, items) => {
    await openFile(page, "damaged.json", JSON.stringify(damaged(items)));
    await says(page, "failed: corrupt");
    await says(page, "The stored text differs from its canonical form");
  }],
  records: ["records", (page) => says(page, "14 records")],
  "records, none found": ["records", async (page) => {
    await page.getByLabel("Search").fill("nothing like it");
    await says(page, "No record matches.");
  }],
  "a record": ["records/template/announcement-classic-light", (page) => says(page, '"premium"')],
  "no such record": ["records/plan/none", (page) => says(page, "There is no plan none")],
  "lookup, before": ["lookup", (page) => says(page, "Public id")],
  "lookup, served": ["lookup", async (page) => {
    await page.getByRole("button", { name: "Look up" }).click();
    await says(page, "The whole decision");
  }],
  "lookup, fallback": ["lookup", async (page) => {
    await page.getByLabel("Schema version").fill("2031-01-01");
    await page.getByRole("button", { name: "Look up" }).click();
    await says(page, "The whole decision");
  }],
  compare: ["compare", async (page) => {
    await says(page, "2 changed");
    await page.locator("details").evaluateAll((all) => all.forEach((details) => (details.open = true)));
    await says(page, '"premium": true');
  }],
  live: ["live", (page) => says(page, "hit, version 2")],
};
