import assert from "node:assert/strict";
import { test } from "node:test";

import { wrap } from "./wrap.mjs";

test("a line that fits stays whole", () => {
  assert.deepEqual(wrap("", 5), [""]);
  assert.deepEqual(wrap("abcde", 5), ["abcde"]);
});

test("a longer one breaks after a space or a comma in its second half", () => {
  assert.deepEqual(wrap("one two three", 8), ["one two ", "three"]);
  assert.deepEqual(wrap('"a":1,"b":2', 7), ['"a":1,', '"b":2']);
});

test("and anywhere else otherwise, with nothing lost", () => {
  assert.deepEqual(wrap("abcdef", 5), ["abcde", "f"]);
  assert.deepEqual(wrap("a bcdefghijk", 6), ["a bcde", "fghijk"]);
  const line = "a long, long line of words and punctuation ".repeat(9);
  for (const width of [1, 2, 7, 40]) {
    const parts = wrap(line, width);
    assert.equal(parts.join(""), line);
    for (const part of parts) assert.ok(part.length <= width, part);
  }
});
