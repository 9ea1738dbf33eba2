// A lookup tried out on the page gives what Venice would get: decision, checks, times, log events and headers.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { checkedAt } from "./seal.mjs";
import { PATIENCE_MS, Stage, launch, open, openFile, until } from "./stage.mjs";

let browser, stage;
before(async () => {
  browser = await launch();
  stage = await Stage.start();
});
after(async () => {
  await browser?.close();
  await stage?.end();
});

async function opened(t) {
  const page = await open(browser, stage, { view: "lookup" });
  t.after(async () => {
    await page.context().close();
    assert.deepEqual(page.problems, []);
  });
  return page;
}

/** Looks up until the decision says so: on a busy machine even a healthy store may once not answer within 50 ms. */
async function lookUp(page, words) {
  const heading = page.getByRole("region", { name: "Decision", exact: true }).getByRole("heading");
  await until(`decision ${words}`, async () => {
    await page.getByRole("button", { name: "Look up" }).click();
    return (await heading.innerText()).includes(words);
  }, PATIENCE_MS);
}

/** Each check with how it ended, in the order on the page. */
const checks = (page) =>
  page.locator(".checks li").evaluateAll((rows) => rows.map((row) => [row.querySelector("code").textContent, row.lastElementChild.textContent.replace(/^\W+/, "")]));

test("an instance that is filled in from a template is served, and every check that the page can make has passed", async (t) => {
  const page = await opened(t);
  await page.getByLabel("Fill in from a template").selectOption("faq-classic-light");
  assert.equal(await page.getByLabel("Widget type").inputValue(), "content.faq");
  await lookUp(page, "Venice serves it from Atlas, version 1, confirmed against Michael");
  const ended = await checks(page);
  assert.equal(ended.length, 14);
  assert.deepEqual(ended.filter(([, how]) => how !== "passed"), [["signature_invalid", "not checked here"]]);
  const decision = JSON.parse(await page.getByRole("region", { name: "The decision as JSON" }).innerText());
  assert.equal(decision.source, "atlas");
  assert.equal(decision.template.name, "FAQ Classic Light");
  for (const step of ["Read the store", "Verify and decide", "The same lookup from memory"]) {
    assert.match(await page.locator(`dt:text-is("${step}") + dd`).innerText(), /^[\d.]+ (ms|µs)$/, step);
  }
  await page.getByText("Paris is not asked.").waitFor();
  await page.getByText("Venice logs nothing.").waitFor();
});

test("a schema version that is not there: the check that failed, the hint for Paris, the log event", async (t) => {
  const page = await opened(t);
  await page.getByLabel("Schema version").fill("2031-01-01");
  await lookUp(page, "(schema_version_mismatch).");
  const ended = await checks(page);
  assert.deepEqual(ended.slice(-3), [["record_missing", "passed"], ["schema_version_mismatch", "failed"], ["internal_error", "not reached"]]);
  const hint = await page.locator('dt:text-is("Atlas-Refresh-Hint") + dd').innerText();
  assert.match(hint, /schema_version_mismatch/);
  assert.match(hint, /2031-01-01/);
  const event = JSON.parse(await page.getByRole("region", { name: "Log events as JSON" }).innerText());
  assert.equal(event.event, "atlas_stale");
  assert.equal(event.reason, "schema_version_mismatch");
  assert.equal(event.publicId, "wgt_inspector");
  assert.equal(event.requestId, "inspector-1");
});

test("a decision goes when another source is shown", async (t) => {
  const page = await opened(t);
  await lookUp(page, "Venice serves it from Atlas, version 1");
  await openFile(page, "other.json", JSON.stringify(await stage.items()));
  await page.getByRole("region", { name: "Decision", exact: true }).waitFor({ state: "detached" });
  await lookUp(page, "Venice serves it from Atlas, version 1");
});

test("what covers several causes is told apart", async (t) => {
  const page = await opened(t);
  const fill = async (type, template, version) => {
    await page.getByLabel("Widget type").fill(type);
    await page.getByLabel("Template", { exact: true }).fill(template);
    await page.getByLabel("Schema version").fill(version);
  };
  for (const [type, template, version, words] of [
    ["", "", "2025-09-01", "the instance has no widgetType (record_missing)."],
    ["content.none", "", "2025-09-01", 'no widget type "content.none" (record_missing).'],
    ["content.faq", "none", "2025-09-01", 'no template "none" (record_missing).'],
    ["content.faq", "classic-light", "2025-09-01", 'template "classic-light" is for widget type "forms.contact", not "content.faq" (record_missing).'],
    ["content.faq", "faq-classic-light", "", "the instance has no schemaVersion (schema_version_mismatch)."],
    ["content.faq", "faq-classic-light", "2031-01-01", 'widget type "content.faq" has no schema version "2031-01-01" (schema_version_mismatch).'],
  ]) {
    await fill(type, template, version);
    await lookUp(page, `Venice fetches it from Paris: ${words}`);
  }
  await stage.faults({ kind: "status", status: 503, on: "reads" });
  t.after(() => stage.faults());
  await lookUp(page, "Venice fetches it from Paris: a read of the store failed: The store answered 503");
});

test("an empty field is null, as Paris serves it", async (t) => {
  const page = await opened(t);
  await page.getByLabel("Widget type").fill("");
  await lookUp(page, "(record_missing).");
  await page.getByLabel("Fill in from a template").selectOption("classic-light");
  await page.getByLabel("Template", { exact: true }).fill("");
  await page.getByLabel("Plan").fill("");
  await lookUp(page, "Venice serves it from Atlas");
  await page.getByText('"template": null').waitFor();
});

test("a plan that is not there is a warning", async (t) => {
  const page = await opened(t);
  await page.getByLabel("Plan").fill("gold");
  await lookUp(page, "Venice serves it from Atlas");
  await page.getByText("plan_missing: ").waitFor();
});

test("a fault of the store is met as Venice meets it", async (t) => {
  const page = await opened(t);
  await page.getByLabel("Widget type").waitFor();
  await stage.faults({ kind: "hang", on: "reads" });
  t.after(() => stage.faults());
  await lookUp(page, "Venice fetches it from Paris: the store does not answer within 50 ms (timeout).");
  assert.deepEqual((await checks(page))[2], ["timeout", "failed"]);
  assert.equal(await page.locator('dt:text-is("Atlas-Refresh-Hint")').count(), 0);
  assert.match(await page.locator('dt:text-is("Atlas-Stats") + dd').innerText(), /timeout/);
  await page.getByText('"event":"atlas_unavailable","level":"warn","reason":"timeout"').waitFor();
});

test("a file that was opened is what is looked in", async (t) => {
  const page = await opened(t);
  const items = await stage.items();
  await openFile(page, "old.json", JSON.stringify(checkedAt(items, Date.now() - 20 * 3_600_000)));
  await lookUp(page, "(expired).");
  const ended = await checks(page);
  assert.deepEqual(ended[ended.findIndex(([, how]) => how === "failed")], ["expired", "failed"]);
});
