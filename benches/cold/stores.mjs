// The stores of the cold starts: the Phase-1 rows, and larger ones of the same kind, each confirmed just now.
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { snapshot } from "../../scripts/lib/format.mjs";
import { ROOT } from "../../scripts/lib/paths.mjs";
import { itemsOfSize, requestsFor } from "../reader/snapshots.mjs";

/** The items of a store and an instance to look up, by the name of the size. */
export async function stores() {
  return { "Phase 1": await phase1(), "100 KB": ofSize(100_000), "1 MB": ofSize(990_000) };
}

function ofSize(bytes) {
  const items = itemsOfSize(bytes);
  return { items, request: requestsFor(items)[0] };
}

async function phase1() {
  const golden = JSON.parse(await readFile(join(ROOT, "tests", "fixtures", "golden", "store.json"), "utf8"));
  const names = ["planHints", "widgetSchemas", "widgetTemplates"];
  const payloads = Object.fromEntries(names.map((name) => [name, golden[`atlas_v1_${name}`].payload]));
  const items = snapshot(payloads, { at: new Date().toISOString() });
  const [[templateId, { widgetType, schemaVersion }]] = Object.entries(payloads.widgetTemplates);
  const [plan] = Object.keys(payloads.planHints);
  return { items, request: { publicId: "wgt_cold", requestId: "req-cold", widgetType, templateId, schemaVersion, plan } };
}
