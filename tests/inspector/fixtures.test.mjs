// The page's verdict on every fixture is the one of `atlas-sync verify`: entry by entry, with its reason, its words and
// both checksums.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { ATLAS_SYNC } from "../../scripts/lib/paths.mjs";
import { attempt } from "../../scripts/lib/run.mjs";
import { ROOT, Stage, launch, open, openFile } from "./stage.mjs";

const FIXTURES = join(ROOT, "tests", "fixtures", "snapshots");
const names = (await readdir(FIXTURES)).map((file) => file.replace(/\.json$/, ""));

let browser, stage, other, page;
before(async () => {
  browser = await launch();
  stage = await Stage.start();
  page = await open(browser, stage, { view: "entries" });
  other = await Stage.start();
});
after(async () => {
  await browser?.close();
  await stage?.end();
  await other?.end();
});

/** What `atlas-sync verify` says of a store with these items. */
async function verified(items) {
  await other.replace(items);
  const { how, result } = await attempt(ATLAS_SYNC, ["verify", "--json", "--store", `file:${other.state}`]);
  const { entries, error } = JSON.parse(result);
  assert.equal(entries.length, 4, result);
  // The fixtures are of the past: `verify`, which judges at this moment, finds them expired, and whole all the same.
  const isWhole = how === 0 || ["expired", "clock_skew"].includes(error.code);
  return { isGood: isWhole, entries };
}

/** What the page's cards say. */
async function shown() {
  return page.locator("[data-key]").evaluateAll((cards) =>
    cards.map((card) => {
      const figure = (name) => [...card.querySelectorAll("dt")].find((dt) => dt.textContent === name)?.nextElementSibling?.textContent;
      return {
        key: card.querySelector("h2").textContent,
        badge: card.querySelector(".badge").textContent.replace(/^\S+\s+/, ""),
        message: card.querySelector(".message")?.textContent.replace(/at byte \d+/, "at some byte"),
        expected: figure("Expected"),
        computed: figure("Computed") ?? figure("Checksum"),
        version: figure("Version"),
        records: figure("Records"),
      };
    }),
  );
}

/** Where a member stands in a text depends on its order: `atlas-sync` looks at the canonical text, Venice at what came. */
const anywhere = (message) => message?.replace(/at byte \d+/, "at some byte");

const count = (number) => number?.toLocaleString("en");

assert.ok(names.length >= 30, `${names.length} fixtures`);
for (const name of names) {
  test(name, async () => {
    const { items, expect } = JSON.parse(await readFile(join(FIXTURES, `${name}.json`), "utf8"));
    const { isGood, entries } = await verified(items);
    assert.equal(isGood, Object.values(expect.entries).every((verdict) => verdict === "verified"));
    await openFile(page, `${name}.json`, JSON.stringify(items));
    const told = entries.map(({ key, status, reason, message, expected, computed, version, records }) => ({
      key, badge: status === "verified" ? "verified" : `failed: ${reason}`, message: anywhere(message), expected, computed, version: count(version), records: count(records),
    }));
    assert.deepEqual(await shown(), told);
  });
}

test("nothing went wrong in the page", () => assert.deepEqual(page.problems, []));
