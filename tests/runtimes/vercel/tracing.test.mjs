// The README's snippets for OpenTelemetry, with its own API and Vercel's distribution. In a process of its own: that hands
// promises to the `waitUntil` of Vercel's request context too.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createAtlas } from "@clickeen/atlas";
import { trace } from "@opentelemetry/api";
import { createClient } from "@vercel/edge-config";

import { openStand } from "../harness/stand.mjs";
import { register } from "./instrumentation.js";
import { onDecision } from "./tracing.js";

const FAQ = { widgetType: "content.faq", templateId: "faq-classic-light", schemaVersion: "2025-09-01", plan: "paid" };
const UNKNOWN = { ...FAQ, schemaVersion: "2031-01-01" };
const REFRESH_MS = 10_000;

let stand;
let client;
before(async () => {
  stand = await openStand();
  client = createClient(stand.env.ATLAS_EDGE_CONFIG, { staleIfError: false });
});
after(() => stand?.close());

test("the span of each request has attributes for what was decided on it", async () => {
  const ended = [];
  globalThis.spans = { onStart() {}, onEnd: (span) => ended.push(span), forceFlush: async () => {}, shutdown: async () => {} };
  register();
  let ahead = 0;
  const atlas = createAtlas({ client, timeoutMs: 5_000, now: () => Date.now() + ahead, onDecision });
  const tracer = trace.getTracer("tests");
  const traced = (name, instance) =>
    tracer.startActiveSpan(name, async (span) => {
      await atlas.resolve(instance, () => "Paris");
      span.end();
    });
  // Two at once, of which each waits for a read of its own, then one from memory, then one that is refreshed.
  await Promise.all([traced("cold", FAQ), traced("unknown", UNKNOWN)]);
  await traced("warm", FAQ);
  ahead = REFRESH_MS;
  await traced("refreshed", FAQ);
  const attributes = Object.fromEntries(ended.filter(({ name }) => !name.startsWith("fetch")).map((span) => [span.name, span.attributes]));
  for (const name of ["cold", "warm", "refreshed"]) {
    assert.equal(attributes[name]["atlas.source"], "atlas", name);
    assert.equal(attributes[name]["atlas.version"], 2, name);
    assert.ok(attributes[name]["atlas.age_ms"] >= 0 && attributes[name]["atlas.elapsed_ms"] >= 0, name);
    assert.ok(!("atlas.reason" in attributes[name]), name);
  }
  assert.equal(attributes.unknown["atlas.source"], "paris");
  assert.equal(attributes.unknown["atlas.reason"], "schema_version_mismatch");
});
