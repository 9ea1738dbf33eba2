// What else the README says of rendering and testing.
import { createAtlas } from "@clickeen/atlas";
import { afterEach, expect, test, vi } from "vitest";

import { view } from "../next/lib/render.ts";
import items from "./snapshot.json";

const FAQ = { widgetType: "content.faq", templateId: "faq-classic-light", schemaVersion: "2025-09-01", plan: "free" };
const HOUR_MS = 3_600_000;

afterEach(() => vi.useRealTimers());

test("fake timers set the reader's clock", async () => {
  vi.useFakeTimers({ now: Date.parse(items.atlas_v1_manifest.checkedAt) });
  const atlas = createAtlas({ client: { getAll: async () => items }, log: () => {} });
  expect((await atlas.lookup(FAQ)).source).toBe("atlas");
  vi.advanceTimersByTime(14 * HOUR_MS);
  expect((await atlas.lookup(FAQ)).reason).toBe("expired");
});

test("a hit is rendered without being changed", async () => {
  vi.useFakeTimers({ now: Date.parse(items.atlas_v1_manifest.checkedAt) });
  const atlas = createAtlas({ client: { getAll: async () => items } });
  const hit = await atlas.lookup(FAQ);
  const { settings, showsBacklink } = view({ config: { title: "Ask us" }, branding: { hide: true } }, hit);
  expect(settings).toMatchObject({ ...hit.template.defaults, title: "Ask us" });
  // A free plan cannot hide it.
  expect(showsBacklink).toBe(true);
});
