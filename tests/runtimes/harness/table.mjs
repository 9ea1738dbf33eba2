// Holds what a runtime decided to the one table.
import assert from "node:assert/strict";
import { isDeepStrictEqual, inspect } from "node:util";

import { EXPECTED } from "../expected.mjs";

export const SDKS = ["@vercel/edge-config", "@vercel/global-config"];

/** Both SDKs' tables, a test each. A test that fails names each row that differs, what was expected and what found. */
export async function assertTables(test, tables) {
  assert.deepEqual(Object.keys(tables), SDKS);
  for (const sdk of SDKS) await test.test(`every row, with ${sdk}`, () => assertTable(tables[sdk]));
}

function assertTable(table) {
  assert.deepEqual(Object.keys(table), Object.keys(EXPECTED));
  const wrong = Object.keys(EXPECTED).filter((row) => !isDeepStrictEqual(table[row], EXPECTED[row]));
  assert.ok(wrong.length === 0, wrong.map((row) => difference(row, EXPECTED[row], table[row])).join("\n"));
}

function difference(row, expected, found) {
  const show = (value) => inspect(value, { depth: 8, breakLength: 120 });
  return `${row}: expected\n${show(expected)}\nfound\n${show(found)}`;
}
