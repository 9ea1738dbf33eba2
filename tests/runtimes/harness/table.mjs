// Holds what a runtime decided to the one table.
import assert from "node:assert/strict";
import { isDeepStrictEqual, inspect } from "node:util";

import { EXPECTED, NOT_YET } from "../expected.mjs";

export const SDKS = ["@vercel/edge-config", "@vercel/global-config"];

/** Both SDKs' tables, a test each. A test that fails names each row that differs, what was expected and what found. */
export async function assertTables(test, tables) {
  assert.deepEqual(Object.keys(tables), SDKS);
  const rows = Object.keys(EXPECTED).filter((row) => !NOT_YET.includes(row));
  for (const sdk of SDKS) {
    await test.test(`every row, with ${sdk}`, () => {
      assert.deepEqual(Object.keys(tables[sdk]), Object.keys(EXPECTED));
      assertRows(tables[sdk], rows);
    });
    for (const row of NOT_YET) await test.test(`${row}, with ${sdk}`, { todo: true }, () => assertRows(tables[sdk], [row]));
  }
}

function assertRows(table, rows) {
  const wrong = rows.filter((row) => !isDeepStrictEqual(table[row], EXPECTED[row]));
  assert.ok(wrong.length === 0, wrong.map((row) => difference(row, EXPECTED[row], table[row])).join("\n"));
}

function difference(row, expected, found) {
  const show = (value) => inspect(value, { depth: 8, breakLength: 120 });
  return `${row}: expected\n${show(expected)}\nfound\n${show(found)}`;
}
