// What somebody opens, drops or pastes: every shape that a store's items come in, and everything that is none of them.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { withPayload } from "./seal.mjs";
import { Stage, handFile, launch, open, openFile, paste, until, untilVerdict } from "./stage.mjs";

let browser, stage, items;
before(async () => {
  browser = await launch();
  stage = await Stage.start();
  items = await stage.items();
  // What the page shows must come from the file.
  await stage.syncChanged("widget_templates", (rows) => (rows[0].name = "Changed"));
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
  await untilVerdict(page, "Venice serves version 2");
  return page;
}

const asArray = (items) => Object.entries(items).map(([key, value]) => ({ key, value, createdAt: 1, updatedAt: 2 }));

test("the read API's object, the REST API's array, and what holds either under items", async (t) => {
  const page = await opened(t);
  const backup = await stage.backup();
  for (const [name, value] of Object.entries({
    "object.json": items,
    "array.json": asArray(items),
    "backup.json": { id: "v1", items },
    "state.json": { format: 1, id: "ecfg_local", items: asArray(items), backups: [] },
    "backup-of-the-api.json": backup,
    "contents-of-the-backup.json": backup.backup,
  })) {
    await openFile(page, name, JSON.stringify(value, null, 1));
    await page.locator('dt:text-is("Read from") + dd', { hasText: name }).waitFor();
    await untilVerdict(page, "Venice serves version 1 from Atlas");
    await page.getByRole("link", { name: "Entries", exact: true }).click();
    await page.getByText(/^Raw text, [\d,]{3,} characters$/).nth(3).waitFor();
    await page.getByRole("link", { name: "Overview", exact: true }).click();
  }
  await page.getByLabel("Looking at").selectOption("the local store");
  await untilVerdict(page, "Venice serves version 2");
});

test("a snapshot of atlas-sync export, as JSON and as a module of either language", async (t) => {
  const page = await opened(t);
  for (const name of ["snapshot.json", "snapshot.mjs", "snapshot.ts", "snapshot.cjs"]) {
    await openFile(page, name, await stage.exported(name));
    await page.locator('dt:text-is("Read from") + dd', { hasText: name }).waitFor();
    await untilVerdict(page, "Venice serves version 2 from Atlas");
  }
});

test("a module of atlas-sync export that Git has checked out with the line ends of Windows", async (t) => {
  const page = await opened(t);
  for (const name of ["snapshot.mjs", "snapshot.ts"]) {
    await openFile(page, name, (await stage.exported(name)).replaceAll("\n", "\r\n"));
    await untilVerdict(page, "Venice serves version 2 from Atlas");
    await page.locator('dt:text-is("Read from") + dd', { hasText: name }).waitFor();
  }
});

/** Files as a browser hands them over when they are dropped. */
const transferOf = (page, files) =>
  page.evaluateHandle((files) => {
    const transfer = new DataTransfer();
    for (const [name, text] of Object.entries(files)) transfer.items.add(new File([text], name, { type: "application/json" }));
    return transfer;
  }, files);

const looksAt = (page) => page.getByLabel("Looking at").locator("option:checked").innerText();

test("several files that are dropped at once are all opened, and what is wrong is said of each", async (t) => {
  const page = await opened(t);
  const text = JSON.stringify(items);
  await page.dispatchEvent("body", "drop", { dataTransfer: await transferOf(page, { "one.json": text, "bad.json": "{", "two.json": text, "worse.json": "" }) });
  await page.getByRole("alert").getByText("bad.json is not a snapshot.").waitFor();
  await page.getByRole("alert").getByText("worse.json is not a snapshot. Expected JSON, found nothing.").waitFor();
  assert.deepEqual(await page.getByLabel("Looking at").locator("option").allInnerTexts(), ["the local store", "two.json", "one.json"]);
  assert.equal(await looksAt(page), "two.json");
  await page.getByRole("link", { name: "Compare", exact: true }).click();
  await page.getByLabel("Before").selectOption("one.json");
  await page.getByText("version 1 → version 1: no record differs.").waitFor();
  const many = Object.fromEntries([..."1234567"].map((name) => [name, text]));
  await page.dispatchEvent("body", "drop", { dataTransfer: await transferOf(page, many) });
  await page.getByRole("alert").getByText("Expected at most 6 files at once, found 7.").waitFor();
});

/** Lets a file named `slow.json` be read only when the page calls `finishReading`. */
function slowFile() {
  const read = File.prototype.arrayBuffer;
  File.prototype.arrayBuffer = function () {
    if (this.name !== "slow.json") return read.call(this);
    return new Promise((done) => (window.finishReading = () => done(read.call(this))));
  };
}

test("a file that is read late does not take the place of what was opened or chosen after it", async (t) => {
  const page = await opened(t, { init: slowFile });
  const text = JSON.stringify(items);
  const finish = async (name) => {
    await page.evaluate(() => window.finishReading());
    await page.getByLabel("Looking at").locator("option", { hasText: name }).first().waitFor({ state: "attached" });
  };
  await handFile(page, "slow.json", text);
  await openFile(page, "quick.json", text);
  await finish("slow.json");
  assert.equal(await looksAt(page), "quick.json");
  await page.reload();
  await untilVerdict(page, "Venice serves version 2");
  await openFile(page, "quick.json", text);
  await handFile(page, "slow.json", text);
  await page.getByLabel("Looking at").selectOption("the local store");
  await finish("slow.json");
  assert.equal(await looksAt(page), "the local store");
});

test("a file that is called like the local store is looked up in the file", async (t) => {
  const page = await opened(t);
  await handFile(page, "the local store", JSON.stringify(items));
  await untilVerdict(page, "Venice serves version 1 from Atlas");
  await page.getByRole("link", { name: "Try a lookup", exact: true }).click();
  await page.getByRole("button", { name: "Look up" }).click();
  await page.getByText("Venice serves it from Atlas, version 1").waitFor();
});

test("a file is dropped on the page", async (t) => {
  const page = await opened(t);
  const transfer = await transferOf(page, { "dropped.json": JSON.stringify(items) });
  await page.dispatchEvent("body", "dragover", { dataTransfer: transfer });
  await page.getByText("Drop a file with a store's items here, or with public keys. It stays in this browser.").waitFor();
  await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
  await untilVerdict(page, "Venice serves version 1 from Atlas");
  assert.equal(await page.getByText("Drop a file").count(), 0);
});

test("a text is dragged into a field as anywhere else", async (t) => {
  const page = await opened(t);
  await page.setViewportSize({ width: 1200, height: 1600 });
  await untilVerdict(page, "Venice serves version 2 from Atlas");
  const checksum = page.locator("dd .checksum");
  const field = page.getByLabel("Public keys");
  await checksum.selectText();
  const [from, to] = [await checksum.boundingBox(), await field.boundingBox()];
  await page.mouse.move(from.x + 50, from.y + from.height / 2);
  await page.mouse.down();
  await page.mouse.move(to.x + 40, to.y + 20, { steps: 10 });
  await page.mouse.up();
  await until("the text in the field", async () => (await field.inputValue()) === (await checksum.innerText()));
});

test("items are pasted", async (t) => {
  const page = await opened(t);
  await paste(page, JSON.stringify(items));
  await untilVerdict(page, "Venice serves version 1 from Atlas");
  assert.match(await page.getByLabel("Looking at").locator("option:checked").innerText(), /^pasted at \d\d:\d\d:\d\d$/);
});

test("items are pasted whatever has the focus, except a field that takes a text", async (t) => {
  const page = await opened(t);
  const source = page.getByLabel("Looking at");
  for (const control of [source, page.getByLabel("Colours"), page.getByRole("link", { name: "Overview", exact: true })]) {
    await source.selectOption("the local store");
    await control.focus();
    await paste(page, JSON.stringify(items));
    await source.locator("option:checked", { hasText: /^pasted at / }).waitFor({ state: "attached" });
  }
  await source.selectOption("the local store");
  await page.getByLabel("Public keys").focus();
  await paste(page, JSON.stringify(items));
  assert.equal(await source.locator("option").count(), 4);
});

test("what is not a snapshot is refused in words, and what was shown stays", async (t) => {
  const page = await opened(t);
  const cases = {
    "empty.json": ["", "Expected JSON, found nothing."],
    "page.html": ["<!doctype html><title>x</title>", "Expected JSON, found a text that begins with neither { nor [."],
    "latin-1.json": [Buffer.from(JSON.stringify({ ...items, note: "Café" }), "latin1"), "Expected a text in UTF-8, found bytes that are not: it is in another encoding, or compressed."],
    "cut.json": [JSON.stringify(items).slice(0, 500), /Expected JSON: /],
    "number.json": ["42", "Expected an object or an array of a store's items, found a number."],
    "package.json": ['{"name":"x","version":"1"}', /Expected the keys of Atlas \(atlas_v1_manifest, .*\), found "name", "version"\./],
    "list.json": ["[1]", 'In the list of items, item 1: expected an object with "key" and "value", found a number.'],
    "nameless.json": ['[{"value":1}]', 'item 1: expected "key" to be a string, found nothing.'],
    "valueless.json": ['[{"key":"atlas_v1_manifest"}]', '(atlas_v1_manifest): expected a "value", found nothing.'],
    "twice.json": ['[{"key":"a","value":1},{"key":"a","value":2}]', "expected each key once, found a twice."],
    "long.json": [JSON.stringify([{ key: "k".repeat(1_000_000) }]), `item 1 (${"k".repeat(40)} …): expected a "value", found nothing.`],
    "deep.json": [`{"atlas_v1_manifest":${"[".repeat(1_000)}${"]".repeat(1_000)}}`, "Expected at most 1,000 levels of objects and arrays, found more."],
    "large.json": [Buffer.alloc(8_000_001, " "), "Expected at most 8,000,000 bytes, found 8,000,001."],
    "wide.json": ["é".repeat(4_000_001), "Expected at most 8,000,000 bytes, found 8,000,002."],
    "binary.json": [Buffer.from([0xff, 0xfe, 0x00, 0x9f]), /Expected JSON, found /],
  };
  for (const [name, [text, words]] of Object.entries(cases)) {
    await handFile(page, name, text);
    const alert = page.getByRole("alert").filter({ hasText: `${name} is not a snapshot.` });
    await alert.filter({ hasText: words }).waitFor();
    await untilVerdict(page, "Venice serves version 2");
  }
  await page.getByRole("button", { name: "Dismiss" }).click();
  assert.equal(await page.getByText("is not a snapshot").count(), 0);
});

test("what was pasted and is not JSON is not repeated: it may be a secret", async (t) => {
  const page = await opened(t);
  await paste(page, "ghp_0123456789");
  await page.getByRole("alert").getByText("Expected JSON, found a text that begins with neither { nor [.").waitFor();
  assert.equal(await page.getByText("ghp_").count(), 0);
});

/** Opens every view, and looks whether it is drawn. */
async function lookAround(page) {
  for (const [view, words] of [["Entries", "Raw text"], ["Records", "records"], ["Try a lookup", "Widget type"], ["Compare", "→"], ["Live", "Last lookup"]]) {
    await page.getByRole("link", { name: view, exact: true }).click();
    await page.locator("main").getByText(words).first().waitFor();
  }
}

test("nesting that a reader does not take, and every view still stands", async (t) => {
  const page = await opened(t);
  const text = JSON.stringify(items).replace('"defaults":{', `"defaults":{"deep":${"[".repeat(990)}${"]".repeat(990)},`);
  await openFile(page, "deep.json", text);
  await untilVerdict(page, "Venice fetches from Paris for widgets with a template");
  await lookAround(page);
});

test("half of a surrogate pair in a name, and its record still has a link", async (t) => {
  const page = await opened(t);
  await openFile(page, "half.json", JSON.stringify(items).replaceAll("faq-classic-light", "faq-\\ud800"));
  await untilVerdict(page, "Venice fetches from Paris for widgets with a template");
  await lookAround(page);
  await page.getByRole("link", { name: "Records", exact: true }).click();
  await page.getByRole("link", { name: /^template faq-/ }).click();
  await page.getByRole("heading", { name: /^template faq-/ }).waitFor();
});

test("half of a surrogate pair in a template's widget type, and the record links to the type's schema", async (t) => {
  const page = await opened(t);
  await openFile(page, "half.json", JSON.stringify(items).replaceAll("content.faq", "content.\\ud800"));
  await page.getByRole("link", { name: "Records", exact: true }).click();
  await page.getByRole("link", { name: "template faq-classic-light" }).click();
  await page.getByRole("link", { name: /^content\..* 2025/ }).click();
  await page.getByRole("heading", { name: /^schema content\./ }).waitFor();
});

test("a store of damaged shapes is judged, and every view still stands", async (t) => {
  const page = await opened(t);
  const odd = {
    atlas_v1_manifest: null, atlas_v1_widgetTemplates: { payload: [1, { a: null }] },
    atlas_v1_widgetSchemas: { payload: { x: 1, y: { z: null }, "": {} } }, atlas_v1_planHints: "text", __proto__: 1,
  };
  await openFile(page, "odd.json", JSON.stringify(odd).replace("{", '{"__proto__":{"polluted":true},'));
  await untilVerdict(page, "Venice fetches from Paris: an entry is not what was published");
  for (const [view, words] of [["Entries", "failed: corrupt"], ["Records", "record"], ["Try a lookup", "Widget type"], ["Compare", "Before"], ["Live", "Last lookup"]]) {
    await page.getByRole("link", { name: view, exact: true }).click();
    await page.locator("main").getByText(words).first().waitFor();
  }
  assert.equal(await page.evaluate(() => ({}).polluted), undefined);
});

/** A store's items with another text wherever a publisher can put one, each with its number. */
function withTexts(text) {
  const payload = {
    [text(1)]: {
      widgetType: text(2), name: text(3), layout: null, skin: null, density: null, accents: [text(4)], premium: true,
      schemaVersion: text(5), defaults: { [text(6)]: text(7) }, descriptor: { [text(8)]: [text(9)] },
    },
  };
  let hostile = withPayload(items, "widgetTemplates", payload, 1);
  hostile = withPayload(hostile, "widgetSchemas", { [text(2)]: { [text(5)]: { schema: { title: text(10) } } } }, 1);
  hostile = withPayload(hostile, "planHints", { [text(11)]: { branding: { enforced: true }, features: { [text(12)]: true }, limits: {} } }, 1);
  hostile[text(13)] = text(14);
  return hostile;
}

/** Opens them and goes through all views, with what is folded away; `check` is called where each is drawn. */
async function lookedThrough(page, text, shown, check = async () => {}) {
  await handFile(page, `${text(15)}.json`, JSON.stringify(withTexts(text)));
  await untilVerdict(page, "Venice serves version 1 from Atlas");
  await check();
  await page.getByRole("link", { name: "Records", exact: true }).click();
  await page.getByText("3 records").waitFor();
  await check();
  await page.getByRole("link", { name: `template ${shown(text(1))}` }).click();
  await page.getByText(`"name": ${shown(JSON.stringify(text(3)))}`).waitFor();
  await check();
  await page.getByRole("link", { name: "Entries", exact: true }).click();
  await page.getByRole("heading", { name: "Other keys in the store" }).waitFor();
  for (const summary of await page.locator("details summary").all()) await summary.click();
  await page.locator("pre", { hasText: shown(text(1)).slice(0, 20).replaceAll('"', '\\"') }).first().waitFor();
  await check();
  await page.getByRole("link", { name: "Try a lookup", exact: true }).click();
  await page.getByRole("button", { name: "Look up" }).click();
  await page.getByText("Venice serves it from Atlas, version 1").waitFor();
  await check();
  await page.getByRole("link", { name: "Compare", exact: true }).click();
  await page.getByText(/records? added, 0 changed/).waitFor();
  for (const summary of await page.locator("details summary").all()) await summary.click();
  await check();
  await handFile(page, "broken.json", text(16));
  await page.getByRole("alert").filter({ hasText: "is not a snapshot" }).waitFor();
  await check();
}

test("a script in every string: nothing of it runs, and every string is shown as text", async (t) => {
  const page = await opened(t);
  const attack = (n) => `"><img src=x onerror="window.attacked=${n};alert(${n})"><script>window.attacked=${n};alert(${n})</script>{{7*7}}javascript:alert(${n})`;
  await lookedThrough(page, attack, (text) => text);
  assert.equal(await page.evaluate(() => window.attacked), undefined);
  assert.equal(await page.locator("img, iframe, main script, [onerror]").count(), 0);
});

test("a character in every string that turns what follows: each is spelled out, and the template is still found", async (t) => {
  const page = await opened(t);
  const turning = (n) => `name ${n} \u202egpj\u2066\u061c`;
  const spelled = (text) => text.replace("\u202e", "\\u202e").replace("\u2066", "\\u2066").replace("\u061c", "\\u061c");
  const drawn = () =>
    page.evaluate(() => {
      const texts = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
      const found = [document.title];
      while (texts.nextNode()) found.push(texts.currentNode.data);
      for (const element of document.querySelectorAll("[title], [aria-label]")) found.push(element.title, element.ariaLabel ?? "");
      return found.filter((text) => /\p{Bidi_Control}/u.test(text));
    });
  await lookedThrough(page, turning, spelled, async () => assert.deepEqual(await drawn(), []));
  await page.getByRole("button", { name: "Dismiss" }).click();
  await page.getByRole("link", { name: "Try a lookup", exact: true }).click();
  await page.getByLabel("Template", { exact: true }).fill("");
  await page.getByLabel("Fill in from a template").selectOption({ label: spelled(turning(1)) });
  assert.equal(await page.getByLabel("Template", { exact: true }).inputValue(), turning(1));
});

test("names that differ in what is drawn as nothing look different, and what joins emoji and Persian stays", async (t) => {
  const page = await opened(t);
  await page.getByRole("link", { name: "Records", exact: true }).click();
  const template = Object.values(items.atlas_v1_widgetTemplates.payload)[0];
  const names = {
    ab: "ab", "a\u200bb": "a\\u200bb", "\ufeffab": "\\ufeffab", "a\u00adb": "a\\u00adb", "a\u2060b": "a\\u2060b", "a\u200db": "a\\u200db", "a\u3164b": "a\\u3164b",
    "ab\u{e0041}": "ab\\udb40\\udc41", "\ud800": "\\ud800", "👩\u200d💻": "👩\u200d💻", "می\u200cخواهم": "می\u200cخواهم",
  };
  const payload = Object.fromEntries(Object.keys(names).map((name) => [name, { ...template, name: "any" }]));
  await openFile(page, "names.json", JSON.stringify(withPayload(items, "widgetTemplates", payload, Object.keys(names).length)));
  await page.getByLabel("Kind").selectOption("template");
  await page.locator(".rows").waitFor();
  assert.deepEqual(new Set(await page.locator(".rows tbody a").evaluateAll((links) => links.map((link) => link.textContent))), new Set(Object.values(names)));
});

test("a name that is written from right to left leaves what follows it where it is", async (t) => {
  const page = await opened(t);
  await page.getByRole("link", { name: "Compare", exact: true }).click();
  const changed = structuredClone(items.atlas_v1_widgetTemplates.payload);
  const template = Object.values(changed)[0];
  const of = (rtl) => withPayload(items, "widgetTemplates", { ...changed, "שלום עולם": rtl }, Object.keys(changed).length + 1);
  await openFile(page, "first.json", JSON.stringify(of({ ...template, name: "א", premium: true })));
  await openFile(page, "second.json", JSON.stringify(of({ ...template, name: "ב", premium: false })));
  await page.locator("main").getByLabel("Before").selectOption({ label: "first.json" });
  await page.locator("main").getByLabel("After").selectOption({ label: "second.json" });
  const summary = page.locator("details.changed summary");
  await summary.getByText("2 changes").waitFor();
  assert.equal(await summary.textContent(), "template שלום עולם 2 changes");
  const edges = await summary.evaluate((element) => {
    const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    const found = {};
    while (texts.nextNode()) {
      for (const letter of ["ש", "2"]) {
        const at = texts.currentNode.data.indexOf(letter);
        if (at < 0) continue;
        const range = document.createRange();
        range.setStart(texts.currentNode, at);
        range.setEnd(texts.currentNode, at + 1);
        found[letter] = range.getBoundingClientRect().left;
      }
    }
    return found;
  });
  assert.ok(edges["2"] > edges["ש"], `the number is at ${edges["2"]} px, the name begins at ${edges["ש"]} px`);
});
