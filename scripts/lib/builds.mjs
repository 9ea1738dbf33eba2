// Builds what is run and tested: the native binary, the npm package, and the inspector with that package; and packs and
// installs the package as a user would get it.
import { existsSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

import { INSPECTOR, PACKAGE, ROOT, STATE } from "./paths.mjs";
import { run } from "./run.mjs";
import { hashOf, modulesOf, unlessUnchanged } from "./stamp.mjs";

/** `target/debug/atlas-sync`. */
export async function buildNative() {
  await run("cargo", ["build", "--bin", "atlas-sync"]);
}

/** Michael's rows of Phase 1 stand among the sources; no package holds them. */
const isRows = (name) => name === "michael";

/** The npm package in `pkg/`. */
export async function buildPackage() {
  const stamp = join(STATE, "package-built");
  if (!existsSync(join(PACKAGE, "package.json"))) await rm(stamp, { force: true });
  const script = join(ROOT, "scripts", "build.mjs");
  const sources = ["src", "Cargo.toml", "Cargo.lock", "package-lock.json", "scripts/wasm-bindgen"].map((path) => join(ROOT, path));
  // Not the package of the writing side.
  const template = await hashOf([join(ROOT, "pkg-template")], (name) => name === "sync");
  return unlessUnchanged({
    stamp,
    inputs: `${await hashOf([...sources, ...(await modulesOf(script))], isRows)} ${template}`,
    work: () => run(process.execPath, [script, "--quiet"]),
  });
}

/** The inspector in `www/dist`, with what is in `pkg/`: its types checked, its weight within its budget. */
export async function buildInspector() {
  const stamp = join(STATE, "inspector-built");
  if (!existsSync(join(INSPECTOR, "dist", "index.html"))) await rm(stamp, { force: true });
  const notOurs = (name) => ["node_modules", "dist", "screenshots"].includes(name);
  const npm = (script) => run("npm", ["run", "--silent", script], { cwd: INSPECTOR });
  return unlessUnchanged({
    stamp,
    inputs: `${await hashOf([INSPECTOR], notOurs)} ${await hashOf([PACKAGE])}`,
    work: async () => {
      await npm("typecheck");
      await npm("build");
    },
  });
}

/**
 * Packs `pkg/` and unpacks it into a project. Not with `npm install`: the project's lock file would then hold the hash
 * of a package that changes with every build, and npm would take a changed one of the same version for the one it knows.
 */
export async function installPackage(project) {
  const target = join(project, "node_modules", "@clickeen", "atlas");
  const work = async () => {
    await rm(target, { recursive: true, force: true });
    await mkdir(target, { recursive: true });
    await run("tar", ["-xzf", await pack(), "-C", target, "--strip-components=1"]);
  };
  // Beside the package, so that `npm ci` takes the stamp away with it.
  const stamp = join(project, "node_modules", "@clickeen", ".atlas-installed");
  // `npm install` takes away the package alone.
  if (!existsSync(join(target, "package.json"))) await rm(stamp, { force: true });
  await unlessUnchanged({ stamp, inputs: await hashOf([PACKAGE]), work });
}

/** The tarball of `pkg/`. */
export async function pack() {
  const packed = join(STATE, "packed");
  const work = async () => {
    await rm(packed, { recursive: true, force: true });
    await mkdir(packed, { recursive: true });
    await run("npm", ["pack", "--pack-destination", packed], { cwd: PACKAGE });
  };
  await unlessUnchanged({ stamp: join(packed, ".packed"), inputs: await hashOf([PACKAGE]), work });
  const tarball = (await readdir(packed)).find((name) => name.endsWith(".tgz"));
  return join(packed, tarball);
}
