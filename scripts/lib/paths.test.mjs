// What the tools of this repository are run with, whatever the shell around them has set.
import assert from "node:assert/strict";
import { test } from "node:test";

import { environment } from "./paths.mjs";

test("no tool is told of another PostgreSQL server", (t) => {
  t.after(() => delete process.env.PGSSLMODE);
  process.env.PGSSLMODE = "require";
  assert.equal(environment().PGSSLMODE, undefined);
  assert.equal(environment({ PGAPPNAME: "own" }).PGAPPNAME, "own");
  assert.equal(environment().HOME, process.env.HOME);
});
