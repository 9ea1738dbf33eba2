// The page's own reading of stored text: the text under each key, the first departure from the canonical form, the
// changes inside a record. The modules as they are, bundled for Node.

import assert from "node:assert/strict";
import { join } from "node:path";
import { before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

import { ROOT } from "./stage.mjs";

let data;
before(async () => {
  const source = ["canonical", "stored-text", "diff", "items", "manifest", "marker", "records", "standing", "words"].map((name) => `export * from "./${name}";`).join("\n");
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: join(ROOT, "www", "src", "data"), loader: "ts" },
    alias: { "@clickeen/atlas": join(ROOT, "pkg", "index.js") },
    bundle: true, format: "esm", platform: "node", write: false, logLevel: "error",
  });
  data = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
});

const texts = (text) => Object.fromEntries(data.storedTexts(text, data.parseItems(text).shape));

test("the text under each key is what was written, in every shape", () => {
  const value = '{ "b" : 1.0, "a" : "x\\"}{\\\\", "e": [ "\\u0041", {} ] }';
  const expected = { atlas_v1_manifest: value, other: "null" };
  assert.deepEqual(texts(`{"atlas_v1_manifest":${value},"other":null}`), expected);
  assert.deepEqual(texts(` \n{ "atlas_v1_manifest" : ${value} , "other" : null } `), expected);
  assert.deepEqual(texts(`[{"key":"atlas_v1_manifest","value":${value},"updatedAt":1},{"value":null,"key":"other"}]`), expected);
  assert.deepEqual(texts(`{"id":"v1","items":{"atlas_v1_manifest":${value},"other":null}}`), expected);
  assert.deepEqual(texts(`{"items":[{"key":"atlas_v1_manifest","value":${value}},{"key":"other","value":null}]}`), expected);
  const timed = (value) => `{"createdAt":1,"value":0,"updatedAt":2, "value" : ${value} }`;
  const backup = `{"atlas_v1_manifest":${timed(value)},"other":${timed("null")}}`;
  for (const text of [backup, `{"items":${backup}}`, `{"id":"v1","metadata":{},"backup":{"slug":"s","items":${backup}}}`]) assert.deepEqual(texts(text), expected);
  assert.deepEqual(texts(`{"items":[1],"items":{"atlas_v1_manifest":${value},"other":null}}`), expected);
  assert.deepEqual(texts("{}"), {});
  assert.deepEqual(texts("[]"), {});
});

test("the first departure from the canonical form, with its place", () => {
  const of = (text) => data.departure(text, JSON.parse(text));
  assert.equal(of('{"a":[1,{"b":"\\n€"}],"c":1e+21}'), undefined);
  const order = of('{"a":{"z":1,"y":2}}');
  assert.equal(order.at, 7);
  assert.deepEqual(order.path, ["a", "z"]);
  assert.deepEqual([order.stored, order.canonical], [{ before: '{"a":{"', after: 'z":1,"y":2}}' }, { before: '{"a":{"', after: 'y":2,"z":1}}' }]);
  const number = of('{"a":[0,{"b":1.50}]}');
  assert.deepEqual(number.path, ["a", "1", "b"]);
  assert.equal(number.stored.after, "0}]}");
  assert.deepEqual(of('{"a":"\\u0041"}').path, ["a"]);
  assert.equal(of('{"a": 1}').at, 5);
  for (const [text, path] of [['{"a": 1}', ["a"]], ['{"a":1 ,"b":2}', ["b"]], ['{"a":{"c":[1,[]]} }', []], ['[[0],[0,{"x":[1.0]}]]', ["1", "1", "x", "0"]], ['{"{\\"[":{"y":"}","x":1}}', ['{"[', "y"]]]) {
    assert.deepEqual(of(text).path, path, text);
  }
  assert.equal(of('{"a":1,"a":2}').at, 5);
});

test("members are in the order of their UTF-16 code units", () => {
  assert.equal(data.canonicalText({ "\ufb33": 1, "\u{1f600}": 2, 10: 3, 9: 4, a: -0 }), '{"10":3,"9":4,"a":0,"\u{1f600}":2,"\ufb33":1}');
});

test("the changes inside a record, as deep as they can be told", () => {
  const of = (before, after) => data.changesIn(before, after).changes.map(({ path, before, after }) => [path.join("."), before, after]);
  assert.deepEqual(of({ a: 1, b: { c: [1, 2] } }, { b: { c: [1, 3, 4] }, a: 1 }), [["b.c.1", 2, 3], ["b.c.2", undefined, 4]]);
  assert.deepEqual(of({ a: {} }, { a: [] }), [["a", {}, []]]);
  assert.deepEqual(of({ a: null }, {}), [["a", null, undefined]]);
  assert.deepEqual(of({ constructor: 1 }, {}), [["constructor", 1, undefined]]);
  assert.deepEqual(of([], []), []);
  for (const [members, listed, hasMore] of [[199, 199, false], [200, 200, false], [201, 200, true]]) {
    const found = data.changesIn(Object.fromEntries([...Array(members).keys()].map((n) => [n, n])), {});
    assert.deepEqual([found.changes.length, found.hasMore], [listed, hasMore]);
  }
});

test("many levels above much text are told in the time of one reading", () => {
  const leaf = `[${"[],".repeat(300_000)}0]`;
  const nested = (last) => `${'{"b":'.repeat(120)}{"z":${leaf},"a":${last}}${"}".repeat(120)}`;
  const [text, before, after] = [nested(1), JSON.parse(nested(1)), JSON.parse(nested(2))];
  const began = performance.now();
  const found = data.departure(text, before);
  const { changes } = data.changesIn(before, after);
  // A reading for each level takes 20 s.
  assert.ok(performance.now() - began < 5_000, `${performance.now() - began} ms`);
  const path = Array(120).fill("b");
  assert.deepEqual(found.path, [...path, "z"]);
  assert.deepEqual(changes, [{ path: [...path, "a"], before: 1, after: 2 }]);
});

test("the most levels that are taken, and one more", () => {
  const nested = (levels) => `{"atlas_v1_manifest":${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}}`;
  assert.ok(data.parseItems(nested(1_000)));
  for (const levels of [1_001, 200_000]) assert.throws(() => data.parseItems(nested(levels)), /^Error: Expected at most 1,000 levels/);
});

test("records whose names only join to the same text are two", () => {
  const schemas = (payload) => data.recordsOf({ atlas_v1_widgetSchemas: { payload } });
  const both = schemas({ "a\nb": { c: 1 }, a: { "b\nc": 2 } });
  assert.deepEqual(data.diffRecords([], both).map(({ record }) => record.data), [1, 2]);
  assert.deepEqual(both.map((record) => data.recordAt(both, data.pathOf(record)).data), [1, 2]);
});

test("a search finds what JSON spells with a backslash", () => {
  const records = data.recordsOf({ atlas_v1_planHints: { payload: { one: { said: 'say "hi"\\now' }, two: {} } } });
  for (const text of ['"HI"', "\\now", 'say "hi"', '"said":']) assert.equal(data.matching(records, { ...data.NO_FILTER, text }).length, 1, text);
});

test("times and sizes in words", () => {
  assert.deepEqual([0, 999, 1_000, 59_999, 60_000, 3_600_000, 90_000_000, -7_200_000].map(data.ago),
    ["just now", "just now", "1 second ago", "59 seconds ago", "1 minute ago", "1 hour ago", "1 day ago", "in 2 hours"]);
  assert.deepEqual([60_000, -999, -1_000, -7_200_000].map(data.age),
    ["1 minute ago", "just now", "1 second ahead of this machine's clock", "2 hours ahead of this machine's clock"]);
  assert.deepEqual([0.02, 0.5, 9.96, 12.4].map(data.milliseconds), ["20 µs", "0.5 ms", "10.0 ms", "12 ms"]);
  assert.equal(data.instant("no time"), "no time");
  assert.deepEqual([[0, 0, 5], [7, 29, 5], [23, 59, 59]].map((time) => data.clock(new Date(2026, 0, 1, ...time).getTime())), ["00:00:05", "07:29:05", "23:59:59"]);
});

test("a file's text is UTF-8, or UTF-16 that says so, and nothing else is taken for it", () => {
  const text = '{"name":"Café \u{1f600}"}';
  const read = (bytes) => data.textIn(Uint8Array.from(bytes).buffer);
  const littleEndian = Buffer.from(`\ufeff${text}`, "utf16le");
  for (const bytes of [Buffer.from(text), Buffer.from(`\ufeff${text}`), littleEndian, Buffer.from(littleEndian).swap16()]) assert.equal(read(bytes), text);
  for (const bytes of [Buffer.from(text, "latin1"), gzipSync(text), Buffer.from(text).subarray(0, 13), littleEndian.subarray(0, 5), [0xff]]) {
    assert.throws(() => read(bytes), /^Error: Expected a text in UTF-8, found bytes that are not: /);
  }
  assert.equal(read([]), "");
});

test("a marker names a version as atlas-sync writes it", () => {
  assert.equal(data.markedVersion("atlas_v1_rev_42"), 42);
  for (const other of ["atlas_v1_rev_", "atlas_v1_rev_042", "atlas_v1_rev_+1", "atlas_v1_rev_1x", "atlas_v1_manifest"]) {
    assert.equal(data.markedVersion(other), null, other);
  }
});

test("a hold that cannot be understood lasts until it is released", () => {
  const verdict = { status: "verified", computed: "sha256:0" };
  const holdOf = (hold) => data.manifestOf({ atlas_v1_manifest: { version: 1, hold } }, verdict).hold;
  assert.deepEqual(holdOf({ restoredFrom: "v3", until: "1970-01-01T00:00:01.000Z" }), { restoredFrom: "v3", until: 1_000 });
  assert.deepEqual(holdOf({ restoredFrom: "v3", until: null }), { restoredFrom: "v3", until: null });
  for (const odd of [true, [], {}, { until: 7 }, { until: "soon" }, { until: "2026" }, { until: "2026-02-30T00:00:00.000Z" }]) assert.deepEqual(holdOf(odd), { restoredFrom: null, until: null });
  assert.equal(holdOf(null), null);
  assert.equal(holdOf(undefined), null);
});

test("the age of an expired snapshot is that of the moment which is handed in", () => {
  const decision = { source: "paris", reason: "expired" };
  const verdict = { version: 7, checkedAt: "2026-11-22T12:00:00.000Z", entries: [{ key: "atlas:v1:manifest", status: "verified" }] };
  const judgement = { decision, withoutTemplate: decision, highest: null, message: null };
  const { headline } = data.standing({ reach: { state: "answers" }, verdict, judgement, hold: null, now: Date.parse("2026-11-24T12:00:00.000Z") });
  assert.equal(headline, "Venice fetches from Paris: it was confirmed against Michael 2 days ago, and after 13 hours nothing is served.");
});

test("a manifest that is not verified is not believed", () => {
  const items = { atlas_v1_manifest: { version: 1, writer: "x", hold: {}, signatures: { a: "b" } } };
  const { version, writer, hold, signers, members } = data.manifestOf(items, { status: "failed" });
  assert.deepEqual({ version, writer, hold, signers, members }, { version: "1, not verified", writer: "not known", hold: null, signers: null, members: null });
});
