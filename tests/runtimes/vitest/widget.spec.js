import { createAtlas } from "@clickeen/atlas";
import { expect, test } from "vitest";
import items from "./snapshot.json";

const FAQ = { widgetType: "content.faq", templateId: "faq-classic-light", schemaVersion: "2025-09-01", plan: "free" };

/** The time at which the snapshot was fresh: it does not expire while the test lives. */
const now = () => Date.parse(items.atlas_v1_manifest.checkedAt);

test("a widget of the snapshot is served from Atlas", async () => {
  const atlas = createAtlas({ client: { getAll: async () => items }, now });
  const decision = await atlas.lookup(FAQ);
  expect(decision.source).toBe("atlas");
  expect(decision.template.name).toBe("FAQ Classic Light");
});

test("an outage ends in Paris", async () => {
  const client = { getAll: () => Promise.reject(new Error("no store")) };
  const atlas = createAtlas({ client, now, log: () => {} });
  const { reason, value } = await atlas.resolve(FAQ, async () => "from Paris");
  expect([reason, value]).toEqual(["unavailable", "from Paris"]);
});
