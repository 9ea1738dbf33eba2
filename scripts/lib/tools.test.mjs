// The program that makes the glue has to be of the very version of wasm-bindgen that the crate is built with.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { ROOT } from "./paths.mjs";
import { wasmBindgenVersion } from "./tools.mjs";

test("the glue's program and the crate have one version of wasm-bindgen", async () => {
  const version = await wasmBindgenVersion();
  const [manifest, lock] = await Promise.all(["Cargo.toml", "Cargo.lock"].map((name) => readFile(join(ROOT, "scripts", "wasm-bindgen", name), "utf8")));
  assert.ok(manifest.includes(`wasm-bindgen-cli-support = "=${version}"`), version);
  assert.ok(lock.includes(`name = "wasm-bindgen-cli-support"\nversion = "${version}"`), version);
});
