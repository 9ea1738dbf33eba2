// Writes the seeds of `fuzz/corpus` from the fixtures and from Michael's rows: `node fuzz/seeds.mjs`.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

const root = new URL("..", import.meta.url);
const json = (path) => JSON.parse(readFileSync(new URL(path, root), "utf8"));

const KEYS = ["planHints", "widgetSchemas", "widgetTemplates"];
const FIXTURES = ["whole", "odd-names-and-numbers", "unknown-members", "template-without-premium"];
const itemsOf = (fixture) => json(`tests/fixtures/snapshots/${fixture}.json`).items;

/** The first byte chooses the key, by its remainder: 0, 1, 2 in the order of the keys' names. */
function* verifier() {
  for (const fixture of FIXTURES) {
    const items = itemsOf(fixture);
    yield `0${JSON.stringify(items.atlas_v1_manifest)}`;
    for (const [place, key] of KEYS.entries()) yield `${place}${JSON.stringify(items[`atlas_v1_${key}`].payload)}`;
  }
  for (const number of ["1.0", "1e3", "-0", "1.5", "9007199254740993", "9223372036854775807", "1e19", "1e21", "1e-7"]) {
    const limits = `{"l":{"enforcement":null,"grace":null,"limit":${number}}}`;
    yield `0{"p":{"branding":{"enforced":true},"features":{},"limits":${limits}}}`;
  }
}

function* headers() {
  yield "ahits=2, schema_version_mismatch=1, timeout=999999999999999";
  yield 'areason=schema_version_mismatch, version=42, type="content.faq", template="faq-classic-light", schema="2025-10-01"';
  yield 'breason=corrupt, type=%"f%c3%bc", a=(1 2);b=?1, c=:YQ==:, d=@1, e=1.5';
  yield "ccontent.faq\nfaq-classic-light\n2025-09-01\nfür \"alle\" \\";
  yield "dhits=5, unavailable=3, embedded=2, last_resort=1";
}

function* localStore() {
  const manifest = itemsOf("whole").atlas_v1_manifest;
  const patch = (...items) => JSON.stringify({ items });
  const read = "authorization: Bearer local";
  yield `/ecfg_local/items?version=1&key=a&key=b\n${read}`;
  yield '/ecfg_local/item/atlas_v1_manifest?version=1&token=local\nif-none-match: W/"x", *';
  yield `/ecfg_local/digest?version=1\n${read}\nx-edge-config-min-updated-at: 1`;
  yield "/v1/edge-config/ecfg_local/items\nauthorization: bearer local-write";
  yield "/v1/global-config/ecfg_local/backups?limit=2&next=v1\nauthorization: Bearer local-write\nuser-agent: speakeasy-sdk/typescript";
  yield patch({ operation: "create", key: "atlas_v1_manifest", value: manifest, description: "d" });
  yield patch({ operation: "upsert", key: "a", value: null }, { operation: "update", key: "a", description: null });
  yield patch({ operation: "create", key: "a", value: [1.5e3, "\u0000\ud83d\ude00"] }, { operation: "delete", key: "a" });
}

/** Two bytes, the status and whose answer it is, and the body. */
function* answers() {
  const [template, other] = json("src/dev/michael/widget_templates.json");
  const [schema] = json("src/dev/michael/widget_schemas.json");
  const [feature] = json("src/dev/michael/plan_features.json");
  const [limit] = json("src/dev/michael/plan_limits.json");
  yield '01[{"key":"a","value":{"b":1},"createdAt":1,"updatedAt":1}]';
  yield '02{"backups":[{"id":"v1","lastModified":1.5}],"pagination":{"hasNext":true,"next":"x"}}';
  yield '03{"backup":{"items":{"a":{"value":1,"createdAt":1,"updatedAt":1,"description":"d"},"b":2}}}';
  yield '61{"error":{"code":"forbidden","message":"not with § here"}}';
  yield '71{"error":{"code":"edge_config_item_not_found","message":"no item a"}}';
  yield "=1<html>§ bad gateway</html>";
  yield '44{"code":"42501","message":"§ permission denied","details":null}';
  for (const [place, rows] of [[template, other], [schema], [feature], [limit]].entries()) {
    yield `0${4 + place}0-${rows.length - 1}/${rows.length}\n${JSON.stringify(rows)}`;
  }
}

function* stateFile() {
  const line = (key, value, more = {}) => JSON.stringify({ key, value, ...more, createdAt: 1, updatedAt: 2 });
  const file = (items, more = "") =>
    `{\n"format":2,\n"id":"ecfg_local",\n"slug":"atlas-local",\n"createdAt":1,\n"updatedAt":2,\n"revision":3,\n"items":[\n${items.join(",\n")}\n],\n` +
    `"backups":[\n{"id":"v2","updatedAt":1,"itemCount":1,"sizeInBytes":7}\n]${more}\n}\n`;
  yield file([line("a", { b: [1.0, "x  y\\\""] }), line("b", null, { description: "d" })]);
  yield file([line("atlas_v1_manifest", itemsOf("whole").atlas_v1_manifest)]);
  yield file([line("a", 1)], ',\n"schema":{"type":"object"},\n"tokens":[\n{"token":"t","label":"l","id":"i","createdAt":1}\n]');
}

for (const [target, seeds] of Object.entries({ verifier, headers, local_store: localStore, answers, state_file: stateFile })) {
  const folder = new URL(`fuzz/corpus/${target}/`, root);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [place, seed] of [...seeds()].entries()) writeFileSync(new URL(String(place).padStart(2, "0"), folder), seed);
}
