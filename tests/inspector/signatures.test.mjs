// A public key that is given to the page: what it says of each signature, and the verdict of a reader that has the key.

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { isDeepStrictEqual } from "node:util";

import { seal } from "../../scripts/lib/format.mjs";
import { ATLAS_SYNC } from "../../scripts/lib/paths.mjs";
import { KEYS, REFUSED_KEYS, signedBy } from "./seal.mjs";
import { PATIENCE_MS, Stage, launch, open, openFile, run, until, untilFocused, untilVerdict } from "./stage.mjs";

const FORGED = "Venice fetches from Paris: the manifest is not signed as the reader requires";
const SERVED = "Venice serves version 1 from Atlas";

let browser, stage, unsigned;
before(async () => {
  browser = await launch();
  stage = await Stage.start();
  unsigned = await stage.items();
});
after(async () => {
  await browser?.close();
  await stage?.end();
});

/** A page that shows these items; whatever goes wrong in it fails the test. */
async function opened(t, items, options) {
  const page = await open(browser, stage, options);
  t.after(async () => {
    await page.context().close();
    assert.deepEqual(page.problems, []);
  });
  if (items !== undefined) await openFile(page, "items.json", JSON.stringify(items));
  return page;
}

const withSignatures = (items, signatures) => ({ ...items, atlas_v1_manifest: { ...items.atlas_v1_manifest, signatures } });

async function give(page, text) {
  await page.getByLabel("Public keys").fill(text);
  await page.getByRole("button", { name: "Check signatures" }).click();
}

/** Each row of the signatures: the key's id, and what is said of it. */
async function rows(page) {
  const table = page.getByRole("region", { name: "Signatures" }).getByRole("table");
  await table.waitFor();
  return table.locator("tbody tr").evaluateAll((all) => all.map((row) => [row.firstElementChild.textContent, row.lastElementChild.textContent.replace(/^\W+/, "")]));
}

/** Waits until the rows are these: until the signatures are checked, the page shows what it found before. */
async function untilRows(page, expected, about) {
  let last;
  const check = async () => isDeepStrictEqual((last = await rows(page)), expected);
  await until("such rows", check, PATIENCE_MS).catch(() => assert.deepEqual({ about, rows: last }, { about, rows: expected }));
}

test("the key that signed: the signature is good and the snapshot served, however the key is written", async (t) => {
  const signing = join(stage.directory, "key.pem");
  await run(ATLAS_SYNC, ["keys", "new", "--out", signing]);
  const printed = await run(ATLAS_SYNC, ["keys", "show", signing]);
  const { id, publicKey, pem } = JSON.parse(await run(ATLAS_SYNC, ["keys", "show", "--json", signing])).keys[0];
  assert.ok(printed.includes(id) && printed.includes(publicKey), printed);
  const own = await Stage.start({ rows: null });
  t.after(() => own.end());
  await own.sync(undefined, "--signing-key", signing);
  const page = await open(browser, own);
  t.after(() => page.context().close());
  await untilVerdict(page, SERVED);
  for (const text of [printed, pem, publicKey, Buffer.from(publicKey, "base64url").toString("base64"), `${pem}\n${publicKey},\n${printed}`]) {
    await give(page, text);
    await untilVerdict(page, /^Venice serves version 1 from Atlas[^]*Judged as by a reader with 1 public key that requires 1 signature\./);
    await untilRows(page, [[id, "good"]], text);
    await page.getByRole("button", { name: "Forget the keys" }).click();
    await page.getByRole("region", { name: "Signatures" }).getByRole("table").waitFor({ state: "detached" });
  }
  // A heartbeat is signed too, and another text.
  await give(page, pem);
  await own.sync(undefined, "--signing-key", signing, "--heartbeat", "0s");
  await own.syncChanged("widget_templates", (list) => (list[0].name = "Changed"));
  await untilVerdict(page, FORGED);
  await untilRows(page, [[id, "not signed"]]);
  assert.deepEqual(page.problems, []);
});

test("another key, and no signature at all: Venice would fetch from Paris", async (t) => {
  const page = await opened(t, signedBy(unsigned, "old"));
  await untilVerdict(page, SERVED);
  await give(page, KEYS.new.publicPem);
  const words = await untilVerdict(page, FORGED);
  assert.ok(words.includes(`1 of the keys ${KEYS.new.id}, found 0`), words);
  assert.match(words, /At fault\s+the snapshot\s+What to do\s+Run atlas-sync sync with the signing key/);
  await untilRows(page, [[KEYS.new.id, "not signed"], [KEYS.old.id, "wrong key"]]);
  await openFile(page, "unsigned.json", JSON.stringify(unsigned));
  await untilVerdict(page, FORGED);
  await untilRows(page, [[KEYS.new.id, "not signed"]]);
  await page.getByRole("button", { name: "Forget the keys" }).click();
  await untilVerdict(page, SERVED);
});

test("a signature over another text, and what is no signature", async (t) => {
  const page = await opened(t);
  await give(page, KEYS.old.publicKey);
  const signed = signedBy(unsigned, "old");
  const { signatures } = signed.atlas_v1_manifest;
  const moved = seal({ ...unsigned.atlas_v1_manifest, checkedAt: new Date(Date.now() - 60_000).toISOString() });
  const cases = {
    "moved.json": [{ ...unsigned, atlas_v1_manifest: { ...moved, signatures } }, "not this text"],
    "borrowed.json": [withSignatures(signed, { [KEYS.old.id]: signedBy(unsigned, "new").atlas_v1_manifest.signatures[KEYS.new.id] }), "not this text"],
    "short.json": [withSignatures(signed, { [KEYS.old.id]: "c2ln" }), "not a signature"],
    "list.json": [withSignatures(signed, { [KEYS.old.id]: [signatures[KEYS.old.id]] }), "not a signature"],
    "good.json": [signed, "good"],
  };
  for (const [name, [items, verdict]] of Object.entries(cases)) {
    await openFile(page, name, JSON.stringify(items));
    await untilVerdict(page, verdict === "good" ? SERVED : FORGED);
    await untilRows(page, [[KEYS.old.id, verdict]], name);
  }
});

test("two keys, and how many of them must have signed", async (t) => {
  const page = await opened(t, signedBy(unsigned, "old"));
  await give(page, KEYS.old.publicPem + KEYS.new.publicPem);
  await untilVerdict(page, "Judged as by a reader with 2 public keys that requires 1 signature.");
  await untilVerdict(page, SERVED);
  await page.getByLabel("Signatures required").selectOption("2 of 2");
  const words = await untilVerdict(page, FORGED);
  assert.ok(words.includes("found 1"), words);
  await untilRows(page, [[KEYS.old.id, "good"], [KEYS.new.id, "not signed"]]);
  await openFile(page, "both.json", JSON.stringify(signedBy(unsigned, "old", "new")));
  await untilVerdict(page, SERVED);
  await untilRows(page, [[KEYS.old.id, "good"], [KEYS.new.id, "good"]]);
  // One key again: two signatures can no longer be required.
  await give(page, KEYS.new.publicPem);
  await untilVerdict(page, "Judged as by a reader with 1 public key that requires 1 signature.");
});

test("what is not a public key is refused in words that repeat nothing of it, and the keys before stay", async (t) => {
  const page = await opened(t, signedBy(unsigned, "old"));
  await give(page, KEYS.old.publicKey);
  await untilVerdict(page, SERVED);
  const rsa = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey.export({ type: "spki", format: "pem" });
  const inPem = (key) => `-----BEGIN PUBLIC KEY-----\n${Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), Buffer.from(key, "base64url")]).toString("base64")}\n-----END PUBLIC KEY-----`;
  const low = REFUSED_KEYS.filter(({ why }) => why.startsWith("a point of low order"));
  assert.ok(low.length > 12);
  const cases = [
    [" \n", "Expected a public key, found nothing."],
    ["<script>alert(1)</script>", "Expected an Ed25519 public key, found 25 characters that are not a key."],
    [KEYS.old.id, "found a key's id, which names a key and does not hold it."],
    [KEYS.old.privatePem, "Expected a public key, found a private one, which this page does not keep."],
    [rsa, "found a PEM block with something else (PUBLIC KEY)."],
    [KEYS.old.publicPem.slice(0, 60), /found a part of a PEM block\./],
    [`${KEYS.old.publicKey}\nnonsense`, "In place 2 of 2: Expected an Ed25519 public key, found 8 characters that are not a key."],
    ["x".repeat(10_001), "Expected at most 10,000 characters of public keys, found 10,001."],
    [[...Array(9).keys()].map(newKey).join("\n"), "Expected at most 8 public keys, found 9."],
    ...low.flatMap(({ key }) => [key, inPem(key)]).map((key) => [key, "32 bytes that no reader takes: a key of low order"]),
  ];
  const alert = page.getByRole("region", { name: "Signatures" }).getByRole("alert");
  for (const [text, words] of cases) {
    await give(page, text);
    await alert.filter({ hasText: words }).waitFor();
    if (text.trim() !== "") assert.ok(!(await alert.innerText()).includes(text.trim().slice(0, 12)), await alert.innerText());
    await untilRows(page, [[KEYS.old.id, "good"]], text);
  }
  await give(page, KEYS.old.privatePem);
  assert.equal(await page.getByLabel("Public keys").inputValue(), "", "a private key is not left on the screen");
  await give(page, KEYS.old.publicKey);
  await alert.getByText("Expected").waitFor({ state: "detached" });
});

const newKey = () => generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" }).x;

test("a key that is dropped or pasted anywhere is told from a snapshot", async (t) => {
  const page = await opened(t, signedBy(unsigned, "old"), { view: "records" });
  await page.getByText("14 records").waitFor();
  const paste = (text) => page.evaluate((text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
  }, text);
  const drop = async (name, text) => {
    const transfer = await page.evaluateHandle(([name, text]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], name));
      return transfer;
    }, [name, text]);
    await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
  };
  await drop("public.pem", KEYS.old.publicPem);
  await untilVerdict(page, "Judged as by a reader with 1 public key");
  await untilRows(page, [[KEYS.old.id, "good"]]);
  await untilFocused(page, "Signatures");
  await paste(KEYS.new.publicKey);
  await untilVerdict(page, FORGED);
  await drop("private.pem", KEYS.old.privatePem);
  await page.getByRole("alert").filter({ hasText: "private.pem holds no public keys. Expected a public key, found a private one" }).waitFor();
  assert.ok(!(await page.content()).includes(KEYS.old.privatePem.split("\n")[1]));
  await drop("long.pem", KEYS.old.publicPem + "\n".repeat(10_000));
  await page.getByRole("alert").filter({ hasText: "long.pem holds no public keys. Expected at most 10,000 characters" }).waitFor();
  await drop("rows.txt", "not a key");
  await page.getByRole("alert").filter({ hasText: "rows.txt is not a snapshot. Expected JSON" }).waitFor();
});

test("whatever stands among the signatures is shown as text, and not all of it", async (t) => {
  const attack = '"><img src=x onerror="window.attacked=1">';
  const many = Object.fromEntries([...Array(50).keys()].map((n) => [`${n}${attack.repeat(20)}`, { deep: [attack] }]));
  const hostile = JSON.stringify(withSignatures(signedBy(unsigned, "old"), { ...many, [KEYS.old.id]: 7 })).replace('"signatures":{', '"signatures":{"__proto__":"x","constructor":"y",');
  const page = await opened(t);
  await openFile(page, "hostile.json", hostile);
  await give(page, KEYS.old.publicKey);
  await untilVerdict(page, FORGED);
  const found = await rows(page);
  assert.deepEqual(found[0], [KEYS.old.id, "not a signature"]);
  assert.equal(found.length, 12);
  assert.ok(found.every(([id]) => id.length <= 64));
  await page.getByText("and 41 more by other keys").waitFor();
  assert.equal(await page.evaluate(() => window.attacked), undefined);
  assert.equal(await page.locator("main img").count(), 0);
});

test("a manifest that does not verify: its signatures are not believed", async (t) => {
  const items = signedBy(unsigned, "old");
  const page = await opened(t, { ...items, atlas_v1_manifest: { ...items.atlas_v1_manifest, version: 2 } });
  await give(page, KEYS.old.publicKey);
  await page.getByText("The manifest is not verified, so its signatures are not checked.").waitFor();
});

test("a version that was seen before the key was given still counts, if the key signed it", async (t) => {
  for (const [signers, expected] of [[["old"], "the store went back to version 1, and version 2 was verified before."], [[], SERVED]]) {
    const own = await Stage.start();
    t.after(() => own.end());
    const first = signedBy(await own.items(), "old");
    await own.syncChanged("widget_templates", (list) => (list[0].name = "Changed"));
    await own.replace(signedBy(await own.items(), ...signers));
    const page = await open(browser, own);
    t.after(() => page.context().close());
    await untilVerdict(page, "Venice serves version 2");
    await own.replace(first);
    await untilVerdict(page, "the store went back to version 1, and version 2 was verified before.");
    await give(page, KEYS.old.publicKey);
    await untilVerdict(page, "Judged as by a reader with 1 public key");
    await untilVerdict(page, expected);
  }
});

test("lookups and the live reader have the keys too", async (t) => {
  const page = await opened(t);
  await give(page, KEYS.new.publicKey);
  await untilVerdict(page, FORGED);
  await page.getByRole("link", { name: "Live" }).click();
  await page.locator(".now").getByText("fallback: signature_invalid").waitFor();
  await page.getByRole("link", { name: "Try a lookup" }).click();
  const check = page.locator(".checks li", { has: page.locator("code", { hasText: /^signature_invalid$/ }) });
  for (const [items, ended] of [[unsigned, "failed"], [signedBy(unsigned, "new"), "passed"]]) {
    await openFile(page, `${ended}.json`, JSON.stringify(items));
    await page.getByRole("button", { name: "Look up" }).click();
    await check.getByText(ended).waitFor();
  }
});

test("the keys stay in the page: nothing sends them, nothing keeps them", async (t) => {
  const sent = [];
  const page = await opened(t, signedBy(unsigned, "old"));
  page.on("request", (request) => sent.push(`${request.method()} ${request.url()} ${JSON.stringify(request.headers())} ${request.postData()}`));
  await give(page, KEYS.old.publicKey);
  await untilVerdict(page, "Judged as by a reader with 1 public key");
  await page.waitForRequest(/ecfg_local/);
  await page.waitForRequest(/ecfg_local/);
  assert.ok(sent.length >= 2);
  assert.deepEqual(sent.filter((text) => text.includes(KEYS.old.publicKey) || text.includes(KEYS.old.id)), []);
  assert.ok(!JSON.stringify(await page.evaluate(() => [{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])).includes(KEYS.old.publicKey));
  await page.reload();
  await untilVerdict(page, SERVED);
  assert.equal(await page.getByLabel("Public keys").inputValue(), "");
  assert.equal(await page.getByText("Judged as by a reader").count(), 0);
});

test("a browser without Ed25519 says so, and serves nothing as signed", async (t) => {
  const init = () => (crypto.subtle.importKey = async () => Promise.reject(new DOMException("no such algorithm", "NotSupportedError")));
  const page = await opened(t, signedBy(unsigned, "old"), { init });
  await give(page, KEYS.old.publicKey);
  const words = await untilVerdict(page, FORGED);
  assert.ok(words.includes("the signatures cannot be checked: no such algorithm"), words);
  await page.getByText("This browser cannot check Ed25519 signatures: no such algorithm").waitFor();
});

test("with the keyboard alone: given, required, forgotten", async (t) => {
  const page = await opened(t, signedBy(unsigned, "old", "new"));
  await page.getByLabel("Public keys").focus();
  await page.keyboard.insertText(`${KEYS.old.publicKey} ${KEYS.new.publicKey}`);
  await page.keyboard.press("Tab");
  await untilFocused(page, "Check signatures");
  await page.keyboard.press("Enter");
  await untilVerdict(page, "Judged as by a reader with 2 public keys that requires 1 signature.");
  await untilFocused(page, "Check signatures");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowDown");
  await untilVerdict(page, "requires 2 signatures.");
  await page.keyboard.press("Shift+Tab");
  await untilFocused(page, "Forget the keys");
  await page.keyboard.press("Enter");
  await page.getByText("Judged as by a reader").waitFor({ state: "detached" });
  await untilFocused(page, "TEXTAREA");
});
