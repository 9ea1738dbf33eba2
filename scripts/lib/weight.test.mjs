// A Wasm binary made by hand is weighed to the byte, and what changed since the record is told with both its sizes.
import assert from "node:assert/strict";
import { test } from "node:test";

import { sectionsOf, withoutNames } from "./wasm.mjs";
import { bundleParts, changes, judge, tableOf, wasmParts } from "./weight.mjs";

const VERIFY = "atlas::domain::verify::verify::h0123456789abcdef";
const FORMAT = "<atlas[0123456789abcdef]::domain::verify::Fault as core[0123456789abcdef]::fmt::Display>::fmt";
const WRITE = "core::fmt::write::h0123456789abcdef";
const [CUSTOM, TYPE, IMPORT, FUNCTION, MEMORY, GLOBAL, EXPORT, CODE, DATA] = [0, 1, 2, 3, 5, 6, 7, 10, 11];
const NOP = 0x01;

/** LEB128: seven bits a byte, the lowest first. */
function number(value) {
  return value < 128 ? [value] : [(value % 128) | 128, ...number(Math.floor(value / 128))];
}

const counted = (bytes) => [...number(bytes.length), ...bytes];
const text = (value) => counted([...Buffer.from(value)]);
const list = (...items) => [...number(items.length), ...items.flat()];
const section = (id, content) => [id, ...counted(content)];
/** No locals, `nops` instructions, the end: `nops` + 3 bytes with the length, if that is one byte. */
const body = (nops) => counted([0, ...Array(nops).fill(NOP), 0x0b]);

/** One imported function, then six with code, of which the last but one is exported twice, the last has no name. */
function binary({ verify = 10 } = {}) {
  const names = [VERIFY, FORMAT, WRITE, "__wbindgen_malloc", "reader_read externref shim"];
  const functions = names.map((name, position) => [...number(position + 1), ...text(name)]);
  return Buffer.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(TYPE, list([0x60, 0, 0])),
    ...section(IMPORT, list([...text("host"), ...text("log"), 0, 0])),
    ...section(FUNCTION, list(...Array.from({ length: 6 }, () => [0]))),
    ...section(MEMORY, list([0, 1])),
    ...section(GLOBAL, list([0x7f, 0, 0x41, 0, 0x0b], [0x7f, 0, 0x41, 0, 0x0b])),
    ...section(EXPORT, list(
      // Of the same number as a function.
      [...text("state"), 3, 1],
      [...text("__wbindgen_malloc"), 0, 4],
      [...text("reader_read"), 0, 5],
      [...text("again"), 0, 5],
    )),
    ...section(CODE, list(body(verify), body(20), body(30), body(40), body(50), body(60))),
    ...section(DATA, list([0, 0x41, 0, 0x0b, ...counted([7, 7, 7])])),
    ...section(CUSTOM, [...text("name"), ...section(0, text("atlas")), ...section(1, list(...functions))]),
    ...section(CUSTOM, [...text("target_features"), 0]),
  ]);
}

const CODE_PARTS = {
  "atlas::domain::verify": 13 + 23,
  "core::fmt": 33,
  "export reader_read": 53,
  "unnamed functions": 63,
  wasm_bindgen: 43,
};

test("a Wasm binary is weighed by module, export and section", () => {
  assert.deepEqual(wasmParts(binary()), {
    ...CODE_PARTS,
    preamble: 8,
    "section type": 2 + 4,
    "section import": 2 + 12,
    "section function": 2 + 7,
    "section memory": 2 + 3,
    "section global": 2 + 11,
    "section export": 2 + 51,
    // The length of 229 bytes takes two.
    "section code": 3 + 1,
    "section data": 2 + 9,
    "section target_features": 2 + 17,
  });
});

test("the parts of a Wasm binary make up what is published", () => {
  const published = withoutNames(binary());
  assert.equal(sum(Object.values(wasmParts(binary()))), published.length);
  assert.ok(WebAssembly.validate(published));
});

test("a function longer than 127 bytes is weighed with both bytes of its length", () => {
  assert.equal(wasmParts(binary({ verify: 125 }))["atlas::domain::verify"], 128 + 23);
  assert.equal(wasmParts(binary({ verify: 126 }))["atlas::domain::verify"], 130 + 23);
});

test("a Wasm binary that is cut off is an error", () => {
  const wasm = binary();
  assert.throws(() => sectionsOf(wasm.subarray(0, 9)), /cut off/);
  assert.throws(() => sectionsOf(wasm.subarray(0, -1)), /cut off/);
});

test("without names is the same but for the one section", () => {
  const published = withoutNames(binary());
  const names = (wasm) => sectionsOf(wasm).map(({ name }) => name);
  assert.deepEqual(names(published), names(binary()).filter((name) => name !== "name"));
  assert.ok(!published.includes("verify"));
  assert.deepEqual(withoutNames(published), published);
});

test("a bundle is weighed by file, and what joins the files is a part", () => {
  const inputs = { "atlas.js": { bytesInOutput: 400 }, "host.js": { bytesInOutput: 70 } };
  const metafile = { inputs: {}, outputs: { "edge-light.js": { bytes: 500, inputs } } };
  assert.deepEqual(bundleParts(metafile), { "atlas.js": 400, "host.js": 70, "joints of the bundle": 30 });
});

test("the largest change comes first, whichever way it goes", () => {
  const before = { same: 5, grew: 100, shrank: 900, went: 70, alike: 1 };
  const after = { same: 5, grew: 300, shrank: 500, came: 80, alike: 71 };
  assert.deepEqual(changes(before, after), [
    { part: "shrank", before: 900, after: 500 },
    { part: "grew", before: 100, after: 300 },
    { part: "came", before: undefined, after: 80 },
    { part: "alike", before: 1, after: 71 },
    { part: "went", before: 70, after: undefined },
  ]);
});

test("within the budget, changes of 64 bytes and more are told with both sizes", () => {
  const before = { grew: 100, nearly: 100, shrank: 900, went: 70 };
  const { within, told } = judged({ before, after: { grew: 164, nearly: 163, shrank: 500, came: 80 }, gzip: 1000 });
  assert.equal(within, true);
  assert.deepEqual(told.split("\n"), [
    "JavaScript       2000 bytes      400 gzip",
    "Wasm             5000 bytes      600 gzip",
    "edge entry                      1000 gzip, of 1000 (as recorded)",
    "    -400 bytes  shrank (from 900 to 500)",
    "     +80 bytes  came (new)",
    "     -70 bytes  went (gone, was 70)",
    "     +64 bytes  grew (from 100 to 164)",
  ]);
});

test("at most eight changes are told", () => {
  const after = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`part ${index}`, 1000 - index]));
  assert.equal(judged({ before: {}, after, gzip: 1000 }).told.split("\n").length, 3 + 8);
  const { told } = judged({ before: {}, after, gzip: 1001 });
  assert.match(told, /part 7 \(new\)\nand 1 more$/);
  assert.doesNotMatch(told, /part 8/);
});

test("one byte over the budget is too much, and what grew is named, however little", () => {
  const before = { grew: 100, shrank: 900, nearly: 10 };
  const { within, told } = judged({ before, after: { grew: 5000, shrank: 500, nearly: 11, came: 80 }, gzip: 1001 });
  assert.equal(within, false);
  assert.deepEqual(told.split("\n").slice(2), [
    "edge entry                      1001 gzip, of 1000 (+1 since the record)",
    "what has grown since the record:",
    "   +4900 bytes  grew (from 100 to 5000)",
    "     +80 bytes  came (new)",
    "      +1 bytes  nearly (from 10 to 11)",
  ]);
});

test("a budget that was lowered below the record blames no part", () => {
  const { within, told } = judged({ before: { same: 5 }, after: { same: 5 }, gzip: 1001 });
  assert.equal(within, false);
  assert.match(told, /\nno part has grown since the record$/);
});

test("what is recorded is what it is compared with, in the order of the names", () => {
  const weighed = { totals: totals(1000), parts: { b: 2, a: 1, B: 3 } };
  const record = tableOf(weighed);
  assert.equal(JSON.stringify(record), '{"gzip":{"JavaScript":400,"Wasm":600},"bytes":{"B":3,"a":1,"b":2}}');
  assert.equal(judge({ ...weighed, record, budget: 1000 }).told.split("\n").length, 3);
});

/** Judged with a budget of 1000, which is what the record weighs. */
function judged({ before, after, gzip }) {
  const record = tableOf({ totals: totals(1000), parts: before });
  return judge({ totals: totals(gzip), parts: after, record, budget: 1000 });
}

function totals(gzip) {
  return { JavaScript: { bytes: 2000, gzip: 400 }, Wasm: { bytes: 5000, gzip: gzip - 400 } };
}

function sum(values) {
  return values.reduce((sum, value) => sum + value, 0);
}
