// What has to be on the machine before something can be run: found or installed.
import { join, relative } from "node:path";

import { containerBuilder, crossCompilers, emulator, muslTargets } from "./binaries.mjs";
import { BINARIES, INSPECTOR, MANAGEMENT, ROOT, SUPABASE } from "./paths.mjs";
import { pgbouncer, postgres } from "./postgres.mjs";
import { step } from "./progress.mjs";
import { run } from "./run.mjs";
import { BENCHED, PROJECTS } from "./runtimes.mjs";
import { hashOf, unlessUnchanged } from "./stamp.mjs";
import * as tools from "./tools.mjs";

/** @typedef {"native" | "lint" | "package" | "browser" | "inspector" | "database" | "sources" | "runtimes" |
 *   "benched runtimes" | "operations" | "sdk" | "binaries" | "shipped" | "fuzz"} Need */

/** Side by side: what cargo builds, what npm installs, what Debian's packages bring. In each, one step after the other. */
const LANES = {
  cargo: [
    { need: "native", name: "cargo", work: tools.cargo },
    { need: "lint", name: "rustfmt and clippy", work: tools.rustComponents },
    { need: "package", name: "Rust's target wasm32-unknown-unknown", work: tools.wasmTarget },
    { need: "package", name: "the program that makes the glue", work: tools.glue },
    { need: "binaries", name: "Rust's targets for musl", work: muslTargets },
    { need: "binaries", name: "cargo-cyclonedx", work: tools.cargoCyclonedx },
    { need: "fuzz", name: "cargo-fuzz", work: tools.cargoFuzz },
    { need: "browser", name: "wasm-bindgen", work: tools.wasmBindgen },
    { need: "browser", name: "wasm-pack", work: tools.wasmPack },
  ],
  npm: [
    { need: "package", name: "npm packages", work: () => npmPackages(ROOT) },
    { need: "inspector", name: "npm packages of www", work: () => npmPackages(INSPECTOR) },
    { need: "sources", name: "npm packages of tests/supabase", work: () => npmPackages(SUPABASE) },
    { need: "sdk", name: "npm packages of tests/sdk/management", work: () => npmPackages(MANAGEMENT) },
    { need: "shipped", name: "npm packages of tests/binaries", work: () => npmPackages(BINARIES) },
    ...PROJECTS.map((project) => ({ need: "runtimes", ...packagesOf(project) })),
    ...BENCHED.map((project) => ({ need: "benched runtimes", ...packagesOf(project) })),
  ],
  debian: [
    { need: "database", name: "PostgreSQL", work: postgres },
    { need: "sources", name: "PgBouncer", work: pgbouncer },
    { need: "operations", name: "Prometheus and faketime", work: tools.operations },
    { need: "binaries", name: "C compilers for musl and arm64", work: crossCompilers },
    { need: "shipped", name: "QEMU and file", work: emulator },
    { need: "shipped", name: "buildah", work: containerBuilder },
    { need: "browser", name: "Chromium and its driver", work: tools.chromium },
  ],
};

/** What each script needs. */
export const NEEDS = {
  build: ["native", "package"],
  bench: ["native", "package", "database", "benched runtimes"],
  start: ["native", "package", "inspector", "database"],
  test: [
    "native", "lint", "package", "inspector", "database", "sources", "browser", "runtimes", "operations", "sdk", "binaries",
    "shipped", "fuzz",
  ],
};

/** The names of the steps that a script needs. */
export function stepsFor(script) {
  return Object.values(LANES).flat().filter(({ need }) => NEEDS[script].includes(need)).map(({ name }) => name);
}

/**
 * Makes sure of what is needed. Every step is tried; what could not be had is told at the end.
 *
 * @param {readonly string[]} needs
 * @returns {Promise<string[]>} a message for each step that failed
 */
export async function setUp(needs) {
  const { problems, ready } = beginSetUp(needs);
  await ready(needs);
  return problems;
}

/**
 * Begins to make sure of what is needed. `ready` resolves when what some of it needs has been tried; `problems` has a message
 * for each step that failed so far.
 *
 * @param {readonly string[]} needs
 * @returns {{ problems: string[], ready: (needs: readonly string[]) => Promise<unknown> }}
 */
export function beginSetUp(needs) {
  const problems = [];
  /** @type {{ need: string, done: Promise<unknown> }[]} */
  const begun = [];
  for (const steps of Object.values(LANES)) {
    let before = Promise.resolve();
    for (const { need, name, work } of steps.filter(({ need }) => needs.includes(need))) {
      before = before.then(() => step(name, work)).catch((error) => problems.push(`${name}: ${error.message}`));
      begun.push({ need, done: before });
    }
  }
  const ready = (needs) => Promise.all(begun.filter(({ need }) => needs.includes(need)).map(({ done }) => done));
  return { problems, ready };
}

/** The step for a project of the runtime matrix. */
function packagesOf(project) {
  return { name: `npm packages of ${relative(ROOT, project)}`, work: () => npmPackages(project) };
}

/** Installs what the lock file names, unless that has been done. `npm ci` removes the stamp with the folder. */
async function npmPackages(folder) {
  const inputs = await hashOf([join(folder, "package.json"), join(folder, "package-lock.json")]);
  const stamp = join(folder, "node_modules", ".installed");
  const work = () => run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: folder });
  return unlessUnchanged({ stamp, inputs: `${inputs} node ${process.versions.node}`, work });
}
