// The test suites: what each needs set up and built, and the programs that it runs, with how their tests are counted.
import { existsSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "./paths.mjs";
import { filesBelow } from "./stamp.mjs";
import { countCargo, countCheck, countNode } from "./summary.mjs";

/**
 * @typedef {{ command: string, args: string[], env?: Record<string, string>, count: typeof countCargo }} Program
 * @typedef {{ name: string, needs: string[], builds: string[], programs: () => Program[] | Promise<Program[]> }} Suite
 */

const clippy = (...args) => check("cargo", "clippy", ...args, "--", "-D", "warnings");

/** A test that hangs fails, and does not hold up the run. */
const LONGEST_TEST_MS = 300_000;

/** @type {readonly Suite[]} */
export const SUITES = [
  {
    name: "lint",
    needs: ["native", "lint", "package"],
    builds: [],
    programs: () => [
      check("cargo", "fmt", "--check"),
      check(process.execPath, "scripts/lint-paths.mjs"),
      clippy("--all-targets"),
      // The edge side exists on this target only.
      clippy("--lib", "--target", "wasm32-unknown-unknown"),
    ],
  },
  {
    name: "scripts",
    needs: [],
    builds: [],
    programs: () => nodeTests("scripts"),
  },
  {
    name: "native",
    needs: ["native", "database", "sources"],
    builds: [],
    programs: () => [{ command: "cargo", args: ["test", "--no-fail-fast"], count: countCargo }],
  },
  {
    name: "wasm",
    needs: ["native", "package", "browser"],
    builds: [],
    programs: () => [
      {
        command: "wasm-pack",
        args: ["test", "--headless", "--chrome"],
        // Seconds for all the tests of a page; the default of 20 is short for a busy machine.
        env: { WASM_BINDGEN_TEST_TIMEOUT: "300" },
        count: countCargo,
      },
    ],
  },
  {
    name: "package",
    needs: ["native", "package"],
    builds: ["native", "package"],
    programs: () => nodeTests("tests/package"),
  },
  {
    // The same verdicts natively, in Wasm and in a verifier of its own.
    name: "differential",
    needs: ["native", "package"],
    builds: ["package"],
    programs: () => nodeTests("tests/differential"),
  },
  {
    name: "sdk",
    needs: ["native", "package", "sdk"],
    builds: ["native"],
    programs: () => nodeTests("tests/sdk"),
  },
  {
    // `serve` as it is operated: beside Prometheus, on a bad day, with a wrong clock.
    name: "operations",
    needs: ["native", "database", "operations"],
    builds: ["native"],
    programs: () => nodeTests("tests/operations"),
  },
  {
    // What is shipped of the writing side: npm packages without Rust, static binaries, the container image.
    name: "binaries",
    needs: ["native", "package", "inspector", "database", "sources", "binaries", "shipped"],
    builds: ["package", "inspector", "release"],
    programs: () => nodeTests("tests/binaries"),
  },
  {
    name: "crowd",
    needs: ["native", "package"],
    builds: ["native", "package"],
    programs: () => nodeTests("tests/crowd"),
  },
  {
    name: "interleavings",
    needs: ["native", "package"],
    builds: ["package"],
    programs: () => nodeTests("tests/interleavings"),
  },
  {
    // Not the measurements: that the contestants of the reader's benchmark do the same job, and what a sync is held to.
    name: "bench",
    needs: ["native", "package"],
    builds: ["package"],
    programs: () => nodeTests("benches"),
  },
  {
    name: "inspector",
    needs: ["native", "package", "inspector", "browser"],
    builds: ["native", "package", "inspector"],
    programs: () => nodeTests("tests/inspector"),
  },
  {
    // What a customer has: a workspace of pnpm and turbo with Paris and Venice, and the packed packages in it.
    name: "clickeen",
    needs: ["native", "package", "inspector", "database"],
    builds: ["native", "package", "inspector", "clickeen"],
    programs: () => nodeTests("tests/clickeen"),
  },
  {
    name: "runtimes",
    needs: ["native", "package", "browser", "runtimes"],
    builds: ["native", "package", "runtimes"],
    programs: () => nodeTests("tests/runtimes"),
  },
];

function check(command, ...args) {
  return { command, args, count: countCheck };
}

/** One run of Node's test runner over all `*.test.mjs` below a folder. */
async function nodeTests(folder) {
  const path = join(ROOT, folder);
  const notOurs = (name) => ["node_modules", ".next", "dist", ".wrangler", "vendor"].includes(name);
  const files = existsSync(path) ? await filesBelow(path, notOurs) : [];
  const tests = files.filter((file) => file.endsWith(".test.mjs"));
  if (tests.length === 0) throw new Error(`no *.test.mjs in ${folder}`);
  return [{ command: process.execPath, args: ["--test", "--test-reporter=spec", `--test-timeout=${LONGEST_TEST_MS}`, ...tests], count: countNode }];
}
