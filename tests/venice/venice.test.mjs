// Venice end to end: real rows, the real sync and store, the real SDK, and the packed package in Next's edge runtime.
// What is asserted here is what the browser gets, what Paris saw, and what is in the log.
import assert from "node:assert/strict";
import { test } from "node:test";

import { spread, startStack } from "./harness.mjs";

/** Milliseconds that an outage may add to a request: 50 to wait for the store, 25 for all the rest. */
const LIMIT_MS = 50 + 25;

/** For each type what its own template alone says, and the instance's config or the template's look. */
const WIDGETS = {
  wgt_faq001: ["Frequently Asked Questions", 'data-layout="ACCORDION"', "escaped?"],
  wgt_ann001: ["Important announcement", 'data-layout="CARD"', "https://example.com/sale?a=1&#38;b=2"],
  wgt_news001: ["Stay Updated", "Subscribe to our newsletter", 'data-template="newsletter-classic-light"'],
  wgt_form001: ["Contact Us", "Thanks for reaching out! We will get back to you shortly.", 'name="email"'],
  wgt_proof001: ["10,000+", "Happy Customers", 'data-template="social-proof-classic-light"'],
  wgt_testi001: ['data-layout="CAROUSEL"', "Testimonials Classic Light", "It just works."],
};

test("each of the six types is rendered with its own template's data, from Atlas", async (t) => {
  const stack = await startStack(t);
  for (const [publicId, expected] of Object.entries(WIDGETS)) {
    await t.test(publicId, async () => {
      const answer = await stack.untilHit(publicId);
      assert.equal(answer.status, 200);
      assert.equal(answer.atlas, "hit; version=1");
      assert.equal(answer.headers.get("x-request-id"), answer.requestId);
      assert.match(answer.headers.get("server-timing"), /^atlas;dur=[\d.]+, paris;dur=[\d.]+$/);
      for (const text of expected) assert.ok(answer.body.includes(text), `no ${text} in\n${answer.body}`);
      const asked = (await stack.parisLog(answer.requestId)).map(({ path }) => path);
      assert.deepEqual(asked, [`/api/instances/${publicId}`]);
    });
  }
  await t.test("text of a config is escaped", async () => {
    const { body } = await stack.get("wgt_faq001");
    assert.ok(body.includes("&#60;script&#62;alert(1)"), body);
    assert.ok(!body.includes("<script"), body);
  });
  await t.test("a config's false hides a field that the template shows", async () => {
    assert.ok(!(await stack.get("wgt_form001")).body.includes("<textarea"));
  });
  await t.test("the backlink is hidden only where instance and plan allow it", async () => {
    assert.ok((await stack.get("wgt_testi001")).body.includes('rel="backlink"'));
    assert.ok(!(await stack.get("wgt_ann001")).body.includes('rel="backlink"'));
  });
  await t.test("an instance without a template has its schema's defaults", async () => {
    const answer = await stack.untilHit("wgt_bare001");
    assert.ok(answer.body.includes("Happy Customers"), answer.body);
  });
  await t.test("an instance too large for a header is asked for again by the route", async () => {
    const answer = await stack.untilHit("wgt_long001");
    assert.ok(answer.body.includes("Question 20?"), answer.body);
    const asked = (await stack.parisLog(answer.requestId)).map(({ path }) => path);
    assert.deepEqual(asked, ["/api/instances/wgt_long001", "/api/instances/wgt_long001"]);
  });
  await t.test("an unknown public id is not found", async () => {
    for (const publicId of ["wgt_none", "%2e%2e%2fapi", "a%20b"]) {
      assert.equal((await stack.get(publicId)).status, 404, publicId);
    }
  });
  await t.test("a handover from outside is not believed", async () => {
    const course = { requestId: "forged", decision: "hit; version=666", atlasMs: 0, parisMs: 0 };
    const forged = { course, fallback: true, remainingMs: 5_000, parisHeaders: {} };
    const decision = encodeURIComponent(JSON.stringify(forged));
    const instance = encodeURIComponent(JSON.stringify({ publicId: "forged", config: {}, branding: {} }));
    // Of the second, no instance is handed on: a forged one would stay if it were not thrown away.
    for (const publicId of ["wgt_faq001", "wgt_long001"]) {
      const answer = await stack.get(publicId, { "x-venice-decision": decision, "x-venice-instance": instance });
      assert.equal(answer.atlas, "hit; version=1");
      assert.ok(answer.body.includes(`data-public-id="${publicId}"`), answer.body);
    }
  });
});

test("an unknown schema version goes to Paris, with a refresh hint", async (t) => {
  const stack = await startStack(t);
  await stack.untilHit("wgt_faq001");
  const answer = await stack.get("wgt_next001");
  assert.equal(answer.status, 200);
  assert.equal(answer.atlas, "fallback; reason=schema_version_mismatch");
  assert.ok(answer.body.includes("Frequently Asked Questions"), answer.body);
  const asked = await stack.parisLog(answer.requestId);
  assert.deepEqual(asked.map(({ path }) => path), ["/api/instances/wgt_next001", "/api/widgets/wgt_next001"]);
  const hint = asked[1].headers["atlas-refresh-hint"];
  assert.ok(hint, "Paris saw no Atlas-Refresh-Hint");
  assert.match(hint, /schema_version_mismatch/);
  t.diagnostic(`Atlas-Refresh-Hint: ${hint}`);
});

test("an instance without a type goes to Paris, and is rendered with its template's", async (t) => {
  const stack = await startStack(t);
  const answer = await stack.untilAnswer("wgt_old001", "record_missing", ({ atlas }) => /record_missing/.test(atlas));
  assert.equal(answer.status, 200);
  assert.ok(answer.body.includes('data-type="engagement.newsletter"'), answer.body);
});

test("a changed row is served once it is synced, within refreshMs", async (t) => {
  const refreshMs = 300;
  const stack = await startStack(t, { venice: { ATLAS_REFRESH_MS: `${refreshMs}` } });
  await stack.untilHit("wgt_ann001");
  await stack.edit("widget_templates", (rows) => {
    rows.find((row) => row.template_id === "announcement-classic-light").defaults.message = "Closed on Monday";
  });
  const report = await stack.sync();
  assert.equal(report.outcome, "published");
  assert.equal(report.version, 2);

  const synced = performance.now();
  const answer = await stack.untilAnswer("wgt_ann001", "version 2", ({ atlas }) => atlas === "hit; version=2");
  const elapsed = performance.now() - synced;
  assert.ok(elapsed < refreshMs + 1_000, `version 2 after ${elapsed} ms`);
  assert.ok(answer.body.includes("Closed on Monday"), answer.body);
});

test("without a connection string every widget comes from Paris", async (t) => {
  const stack = await startStack(t, { venice: { ATLAS_EDGE_CONFIG: "" } });
  const answer = await stack.get("wgt_proof001");
  assert.equal(answer.status, 200);
  assert.equal(answer.atlas, "fallback; reason=not_configured");
  assert.ok(answer.body.includes("Happy Customers"), answer.body);
});

test("with the store stopped Paris serves, hardly later, and the outage is logged once", async (t) => {
  const stack = await startStack(t);
  await stack.untilHit("wgt_proof001");
  stack.store.signal("SIGKILL");
  await stack.store.ended;

  const reasons = ["unavailable", "breaker_open"];
  await stack.untilAnswer("wgt_proof001", "fallback", ({ atlas }) => atlas?.startsWith("fallback;"));
  const answers = await askedOften(stack, 25);
  const seen = new Set(answers.map(({ atlas }) => atlas));
  for (const atlas of seen) assert.ok(reasons.includes(atlas.replace("fallback; reason=", "")), atlas);
  assert.ok(seen.has("fallback; reason=breaker_open"), [...seen].join());
  await assertHardlyLater(t, stack, answers);

  // Middleware and route each have a reader of their own; the outage is one line of each that met it, at the most.
  const lines = stack.events("atlas_unavailable").map(({ reader, reason }) => `${reader}: ${reason}`);
  assert.ok(lines.includes("middleware: unavailable"), lines.join(", "));
  assert.deepEqual(lines.filter((line) => line !== "route: unavailable"), ["middleware: unavailable"]);
  assert.ok(lines.length <= 2, lines.join(", "));
});

test("with the store hung requests wait 50 ms at most, then not at all, until it is back", async (t) => {
  const stack = await startStack(t, { venice: { ATLAS_LOG_WINDOW_MS: "0" } });
  await stack.untilHit("wgt_proof001");
  await stack.setFaults([{ kind: "hang", on: "reads" }]);

  const first = await stack.untilAnswer("wgt_proof001", "timeout", ({ atlas }) => atlas === "fallback; reason=timeout");
  const answers = [first, ...(await askedOften(stack, 25))];
  assert.ok(answers.some(({ atlas }) => atlas === "fallback; reason=breaker_open"), answers.map(({ atlas }) => atlas).join());
  await assertHardlyLater(t, stack, answers);
  await stack.setFaults([]);
  const { atlas } = await stack.untilHit("wgt_proof001");
  assert.equal(atlas, "hit; version=1");

  // Whoever waited for the store, the other reader must not ask it again.
  for (const { requestId } of answers) {
    const readers = stack.events("atlas_unavailable").filter((one) => one.requestId === requestId);
    assert.equal(readers.length, 1, JSON.stringify(readers));
  }
});

test("a damaged snapshot is not served, and Paris is told", async (t) => {
  const stack = await startStack(t);
  await stack.untilHit("wgt_proof001");
  await stack.setFaults([{ kind: "corrupt", key: "atlas_v1_manifest" }]);
  const corrupt = ({ atlas }) => atlas === "fallback; reason=corrupt";
  const answer = await stack.untilAnswer("wgt_proof001", "corrupt", corrupt);
  assert.equal(answer.status, 200);
  assert.ok(answer.body.includes("Happy Customers"), answer.body);
  const asked = await stack.parisLog(answer.requestId);
  assert.match(asked[1].headers["atlas-refresh-hint"] ?? "", /corrupt/);
});

test("with the store stopped and started again hits come back", async (t) => {
  const stack = await startStack(t);
  await stack.untilHit("wgt_proof001");
  await stack.store.stop();
  await stack.untilAnswer("wgt_proof001", "breaker_open", ({ atlas }) => atlas === "fallback; reason=breaker_open");
  await stack.restartStore();
  await stack.untilHit("wgt_proof001");
});

test("with Paris down as well there is a plain page", async (t) => {
  const stack = await startStack(t);
  await stack.untilHit("wgt_proof001");
  await stack.paris.stop();
  assertPlainFailure(await stack.get("wgt_proof001"));
  await stack.store.stop();
  assertPlainFailure(await stack.get("wgt_proof001"));
  assert.equal((await fetch(`${stack.venice.url}/e/wgt_proof001`, { method: "HEAD" })).status, 502);
});

test("with Paris failing on the fallback alone there is a plain page, with the decision", async (t) => {
  const stack = await startStack(t);
  await stack.untilHit("wgt_faq001");
  await stack.spoil("widget_templates");
  const answer = await stack.get("wgt_next001");
  assertPlainFailure(answer);
  assert.equal(answer.atlas, "fallback; reason=schema_version_mismatch");
});

test("a Paris that does not answer ends with the budget of 5 s", async (t) => {
  const stack = await startStack(t, { parisDelayMs: 60_000 });
  await stack.untilHit("wgt_faq001");
  const answer = await stack.get("wgt_next001");
  assertPlainFailure(answer);
  assert.ok(answer.ms > 4_500 && answer.ms < 5_500, `${answer.ms} ms`);
});

async function askedOften(stack, times) {
  const answers = [];
  for (let count = 0; count < times; count += 1) answers.push(await stack.get("wgt_proof001"));
  for (const answer of answers) {
    assert.equal(answer.status, 200);
    assert.ok(answer.body.includes("Happy Customers"), answer.body);
  }
  return answers;
}

async function assertHardlyLater(t, stack, answers) {
  const overheads = [];
  for (const { requestId, ms } of answers) {
    const asked = await stack.parisLog(requestId);
    assert.equal(asked.length, 2, "Paris is asked for the instance, and once for the rest");
    overheads.push(ms - asked.reduce((sum, one) => sum + one.ms, 0));
  }
  const { median, max } = spread(overheads);
  t.diagnostic(`beyond Paris's own time: median ${median.toFixed(1)} ms, max ${max.toFixed(1)} ms`);
  assert.ok(median <= LIMIT_MS, `median ${median.toFixed(1)} ms is over ${LIMIT_MS} ms`);
}

function assertPlainFailure({ status, body }) {
  assert.equal(status, 502);
  assert.ok(body.includes("This widget cannot be loaded just now."), body);
  assert.doesNotMatch(body, /Error|\bat .*:\d+|ECONN/);
}
