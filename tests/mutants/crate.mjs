// A copy of the crate, and its Wasm in a copy of the package. It is compiled for speed of building: a fault is there in any
// profile.
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { ROOT, environment } from "../../scripts/lib/paths.mjs";
import { run } from "../../scripts/lib/run.mjs";
import { GLUE } from "../../scripts/lib/tools.mjs";

const PLACE = join(ROOT, "target", "mutants");
export const CRATE = join(PLACE, "crate");
const BUILD = join(PLACE, "build");
/** What the crate needs to be compiled for Wasm. */
const SOURCES = ["Cargo.toml", "Cargo.lock", "build.rs", "src"];
const QUICK = ["opt-level=1", "lto=false", "codegen-units=16", "strip=false"].flatMap((option) => ["--config", `profile.wasm.${option}`]);

/** The sources as they are. They are new to cargo, so that it compiles the crate anew. */
export async function copyCrate() {
  await rm(CRATE, { recursive: true, force: true });
  for (const source of SOURCES) await cp(join(ROOT, source), join(CRATE, source), { recursive: true });
}

/** Compiles the copy, and puts its Wasm into a package whose entry for Node has the same glue. */
export async function withWasmOf(target) {
  const args = ["build", "--locked", "--profile", "wasm", "--lib", "--target", "wasm32-unknown-unknown", "--target-dir", BUILD];
  // As scripts/build.mjs builds what Node loads.
  await run("cargo", [...args, ...QUICK, "--no-default-features", "--features", "verify"], { cwd: CRATE, env: environment() });
  const glue = join(PLACE, "glue");
  await run(GLUE, [join(BUILD, "wasm32-unknown-unknown", "wasm", "atlas.wasm"), glue, "atlas"]);
  const wasm = await readFile(join(glue, "atlas_bg.wasm"));
  const module = join(target, "lib", "wasm-module.js");
  const text = await readFile(module, "utf8");
  const changed = text.replace(/(?<=^const base64 = ")[^"]+/m, wasm.toString("base64"));
  if (changed === text) throw new Error("the Wasm of the copy is that of the package, or wasm-module.js has no base64 any more");
  await writeFile(module, changed);
}
