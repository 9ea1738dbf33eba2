// What both forms of Venice are held to: the proxy on Node with `cacheComponents`, and the middleware on the edge runtime.
// Asserted is what the browser gets, what Paris was asked, and what is in the log.
import assert from "node:assert/strict";
import { test } from "node:test";

import { spread, startStack } from "./stack.mjs";

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

/**
 * Registers the tests of one form.
 *
 * @param {{ app: string, decides: string }} form the app, and the name of the reader that decides first
 */
export function testVenice({ app, decides }) {
  const start = (test, settings = {}) => startStack(test, { app, ...settings });

  test("each of the six types is drawn from its own template and the instance's config, from Atlas", async (t) => {
    const stack = await start(t);
    for (const [publicId, expected] of Object.entries(WIDGETS)) {
      await t.test(publicId, async () => {
        const answer = await stack.untilHit(publicId);
        assert.equal(answer.status, 200);
        assert.equal(answer.atlas, "hit; version=1");
        assert.equal(answer.headers.get("x-request-id"), answer.requestId);
        assert.match(answer.headers.get("server-timing"), /^atlas;dur=[\d.]+, paris;dur=[\d.]+$/);
        for (const text of expected) assert.ok(answer.body.includes(text), `no ${text} in\n${answer.body}`);
        assert.deepEqual(pathsOf(stack, answer), [`/api/instance/${publicId}`]);
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
      assert.deepEqual(pathsOf(stack, answer), ["/api/instance/wgt_long001", "/api/instance/wgt_long001"]);
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
    await t.test("an unknown schema version goes to Paris, with a refresh hint", async (t) => {
      const answer = await stack.get("wgt_next001");
      assert.equal(answer.status, 200);
      assert.equal(answer.atlas, "fallback; reason=schema_version_mismatch");
      assert.ok(answer.body.includes("Frequently Asked Questions"), answer.body);
      assert.deepEqual(pathsOf(stack, answer), ["/api/instance/wgt_next001", "/api/widget/wgt_next001"]);
      const hint = stack.asked(answer.requestId)[1].headers["atlas-refresh-hint"];
      assert.ok(hint, "Paris saw no Atlas-Refresh-Hint");
      assert.match(hint, /schema_version_mismatch/);
      t.diagnostic(`Atlas-Refresh-Hint: ${hint}`);
    });
    await t.test("an instance without a type goes to Paris, and is drawn with its template's", async () => {
      const answer = await stack.untilAnswer("wgt_old001", "record_missing", ({ atlas }) => /record_missing/.test(atlas));
      assert.equal(answer.status, 200);
      assert.ok(answer.body.includes('data-type="engagement.newsletter"'), answer.body);
    });
    await t.test("a changed row is served once it is synced, within refreshMs", async () => {
      await stack.michael.change(
        `update widget_templates set defaults = defaults || '{"message": "Closed on Monday"}' where template_id = 'announcement-classic-light'`,
      );
      const report = await stack.sync();
      assert.equal(report.outcome, "published");
      assert.equal(report.version, 2);
      const synced = performance.now();
      const answer = await stack.untilAnswer("wgt_ann001", "version 2", ({ atlas }) => atlas === "hit; version=2");
      const elapsed = performance.now() - synced;
      assert.ok(elapsed < stack.refreshMs + 1_000, `version 2 after ${elapsed} ms`);
      assert.ok(answer.body.includes("Closed on Monday"), answer.body);
    });
  });

  test("without a connection string every widget comes from Paris", async (t) => {
    const stack = await start(t, { venice: { ATLAS_EDGE_CONFIG: "" } });
    const answer = await stack.get("wgt_proof001");
    assert.equal(answer.status, 200);
    assert.equal(answer.atlas, "fallback; reason=not_configured");
    assert.ok(answer.body.includes("Happy Customers"), answer.body);
  });

  test("a time that is out of its range is told, and costs no answer", async (t) => {
    const stack = await start(t, { venice: { ATLAS_TIMEOUT_MS: "0" } });
    const answer = await stack.untilHit("wgt_proof001");
    assert.equal(answer.status, 200);
    assert.ok(answer.body.includes("Happy Customers"), answer.body);
    const told = stack.events("venice_misconfigured");
    assert.ok(told.some(({ reader, message }) => reader === decides && /option timeoutMs: .* from 1 to 5000, found 0/.test(message)), JSON.stringify(told));
  });

  test("a damaged snapshot is not served, and Paris is told; a stopped store is logged once; hits come back", async (t) => {
    const stack = await start(t);
    await stack.untilHit("wgt_proof001");
    await stack.setFaults([{ kind: "corrupt", key: "atlas_v1_manifest" }]);
    const corrupt = ({ atlas }) => atlas === "fallback; reason=corrupt";
    const answer = await stack.untilAnswer("wgt_proof001", "corrupt", corrupt);
    assert.equal(answer.status, 200);
    assert.ok(answer.body.includes("Happy Customers"), answer.body);
    assert.match(stack.asked(answer.requestId)[1].headers["atlas-refresh-hint"] ?? "", /corrupt/);
    await stack.setFaults([]);
    await stack.untilHit("wgt_proof001");

    const before = stack.events("atlas_unavailable").length;
    stack.store.signal("SIGKILL");
    await stack.store.ended;

    const reasons = ["unavailable", "breaker_open"];
    await stack.untilAnswer("wgt_proof001", "fallback", ({ atlas }) => atlas?.startsWith("fallback;"));
    const answers = await askedOften(stack, 25);
    const seen = new Set(answers.map(({ atlas }) => atlas));
    for (const atlas of seen) assert.ok(reasons.includes(atlas.replace("fallback; reason=", "")), atlas);
    assert.ok(seen.has("fallback; reason=breaker_open"), [...seen].join());
    assertHardlyLater(t, stack, answers);

    // Each reader tells the outage once; the route's meets it only if the first one has just had a hit.
    const outage = stack.events("atlas_unavailable").slice(before);
    const lines = outage.map(({ reader, reason }) => `${reader}: ${reason}`);
    assert.ok(lines.includes(`${decides}: unavailable`), lines.join(", "));
    assert.deepEqual(lines.filter((line) => line !== "route: unavailable"), [`${decides}: unavailable`]);
    assert.ok(lines.length <= 2, lines.join(", "));

    await stack.restartStore();
    await stack.untilHit("wgt_proof001");
  });

  test("with the store hung requests wait 50 ms at most, then not at all, until it is back", async (t) => {
    const stack = await start(t, { venice: { ATLAS_LOG_WINDOW_MS: "0" } });
    await stack.untilHit("wgt_proof001");
    await stack.setFaults([{ kind: "hang", on: "reads" }]);

    const first = await stack.untilAnswer("wgt_proof001", "timeout", ({ atlas }) => atlas === "fallback; reason=timeout");
    const answers = [first, ...(await askedOften(stack, 25))];
    assert.ok(answers.some(({ atlas }) => atlas === "fallback; reason=breaker_open"), answers.map(({ atlas }) => atlas).join());
    assertHardlyLater(t, stack, answers);
    await stack.setFaults([]);
    const { atlas } = await stack.untilHit("wgt_proof001");
    assert.equal(atlas, "hit; version=1");

    // Whoever waited for the store, the other reader must not ask it again.
    for (const { requestId } of answers) {
      const readers = stack.events("atlas_unavailable").filter((one) => one.requestId === requestId);
      assert.equal(readers.length, 1, JSON.stringify(readers));
    }
  });

  test("Paris slow, failing, silent and down", async (t) => {
    const stack = await start(t);
    await stack.untilHit("wgt_faq001");

    await t.test("a slow Paris is waited for on a fallback, and on no hit", async () => {
      stack.road.delay(/^\/api\/widget\//, 1_000);
      const fallback = await stack.get("wgt_next001");
      assert.equal(fallback.status, 200);
      assert.equal(fallback.atlas, "fallback; reason=schema_version_mismatch");
      assert.ok(fallback.ms > 1_000 && fallback.ms < 3_000, `${fallback.ms} ms`);
      const hit = await stack.untilHit("wgt_faq001");
      assert.ok(hit.ms < 1_000, `${hit.ms} ms`);
    });
    await t.test("a silent Paris ends with the budget of 5 s", async () => {
      stack.road.delay(/^\/api\/widget\//, Infinity);
      const answer = await stack.get("wgt_next001");
      assertPlainFailure(answer);
      assert.ok(answer.ms > 4_500 && answer.ms < 5_500, `${answer.ms} ms`);
      stack.road.delay(/^$/, 0);
    });
    await t.test("with Paris failing on the fallback alone there is a plain page, with the decision", async () => {
      await stack.michael.change("alter table widget_templates rename to widget_templates_gone");
      const answer = await stack.get("wgt_next001");
      assertPlainFailure(answer);
      assert.equal(answer.atlas, "fallback; reason=schema_version_mismatch");
    });
    await t.test("with Paris down as well there is a plain page", async () => {
      await stack.paris.stop();
      assertPlainFailure(await stack.get("wgt_proof001"));
      await stack.store.stop();
      assertPlainFailure(await stack.get("wgt_proof001"));
      assert.equal((await fetch(`${stack.venice.url}/e/wgt_proof001`, { method: "HEAD" })).status, 502);
    });
  });
}

function pathsOf(stack, { requestId }) {
  return stack.asked(requestId).map(({ path }) => path);
}

async function askedOften(stack, times) {
  const answers = [];
  for (let count = 0; count < times; count += 1) answers.push(await stack.get("wgt_proof001"));
  for (const answer of answers) {
    assert.equal(answer.status, 200);
    assert.ok(answer.body.includes("Happy Customers"), answer.body);
  }
  return answers;
}

function assertHardlyLater(t, stack, answers) {
  const overheads = answers.map(({ requestId, ms }) => {
    const asked = stack.asked(requestId);
    assert.equal(asked.length, 2, "Paris is asked for the instance, and once for the rest");
    return ms - asked.reduce((sum, one) => sum + one.ms, 0);
  });
  const { median, max } = spread(overheads);
  t.diagnostic(`beyond Paris's own time: median ${median.toFixed(1)} ms, max ${max.toFixed(1)} ms`);
  assert.ok(median <= LIMIT_MS, `median ${median.toFixed(1)} ms is over ${LIMIT_MS} ms`);
}

function assertPlainFailure({ status, body }) {
  assert.equal(status, 502);
  assert.ok(body.includes("This widget cannot be loaded just now."), body);
  assert.doesNotMatch(body, /Error|\bat .*:\d+|ECONN/);
}
