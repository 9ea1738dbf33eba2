// The test suites: what each needs set up and built, and the programs that it runs, with how their tests are counted.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "./paths.mjs";
import { filesBelow } from "./stamp.mjs";
import { countCargo, countCheck, countNode } from "./summary.mjs";

/**
 * @typedef {{ command: string, args: string[], env?: Record<string, string>, count: typeof countCargo }} Program
 * @typedef {{ name: string, about: string, onlyByName?: boolean, anyTime?: boolean, needs: string[], builds: string[],
 *   programs: () => Program[] | Promise<Program[]> }} Suite
 *   `anyTime`: no test of it looks at a clock, so it may run behind others, at the pace that they leave
 */

const clippy = (...args) => check("cargo", "clippy", ...args, "--", "-D", "warnings");

/** Every link in a doc comment resolves, those between private items too. */
const rustdoc = (...args) => ({
  ...check("cargo", "doc", "--lib", "--no-deps", "--document-private-items", ...args),
  env: { RUSTDOCFLAGS: "-D warnings" },
});

/** The simulation of a fleet: a program of its own. */
const FLEET = ["--locked", "--manifest-path", "benches/fleet/Cargo.toml", "--target-dir", "target/fleet"];
/** How long CI fuzzes each target, in seconds. */
const FUZZ_SECONDS = 20;

/** A test that hangs fails, and does not hold up the run. */
const LONGEST_TEST_MS = 600_000;

/** @type {readonly Suite[]} */
export const SUITES = [
  {
    name: "lint",
    about: "rustfmt, clippy and rustdoc on both targets, the package's types, and no path that leads out of the project",
    anyTime: true,
    needs: ["native", "lint", "package"],
    builds: [],
    programs: () => [
      check("cargo", "fmt", "--check"),
      check(process.execPath, "scripts/lint-paths.mjs"),
      check("tsc", "--noEmit", "-p", "pkg-template"),
      // The doctor runs in Node, and nothing else of the package does so alone.
      check("tsc", "--noEmit", "-p", "pkg-template/lib/doctor"),
      clippy("--all-targets"),
      check("cargo", "fmt", "--check", "--manifest-path", "benches/fleet/Cargo.toml"),
      check("cargo", "fmt", "--check", "--manifest-path", "fuzz/Cargo.toml"),
      clippy("--all-targets", ...FLEET),
      // The edge side exists on this target only.
      clippy("--lib", "--target", "wasm32-unknown-unknown"),
      rustdoc(),
      rustdoc("--target", "wasm32-unknown-unknown"),
    ],
  },
  {
    name: "scripts",
    about: "what stands in scripts/lib",
    anyTime: true,
    needs: [],
    builds: [],
    programs: () => nodeTests("scripts"),
  },
  {
    name: "native",
    about: "cargo test: domain, sync, serve, dev, command line, sources, model checker, imports, doc examples",
    needs: ["native", "database", "sources"],
    // Before, and not meanwhile: it writes the library of the same name, with which the doc examples would not compile.
    builds: ["native"],
    programs: () => [{ command: "cargo", args: ["test", "--no-fail-fast"], count: countCargo }],
  },
  {
    name: "wasm",
    about: "the fixtures in Wasm, in headless Chromium",
    anyTime: true,
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
    about: "the built npm package in Node, and in a page",
    needs: ["native", "package", "browser"],
    builds: ["native", "package"],
    programs: () => nodeTests("tests/package"),
  },
  {
    // The same verdicts natively, in Wasm and in a verifier of its own.
    name: "differential",
    about: "the same verdicts natively, in Wasm and in a verifier of its own",
    anyTime: true,
    needs: ["native", "package"],
    builds: ["package"],
    programs: () => nodeTests("tests/differential"),
  },
  {
    name: "sdk",
    about: "the local store under the real SDKs of Vercel; ATLAS_LIVE_STORE tries a real one",
    needs: ["native", "package", "sdk"],
    builds: ["native"],
    programs: () => nodeTests("tests/sdk"),
  },
  {
    // `serve` as it is operated: beside Prometheus, on a bad day, with a wrong clock.
    name: "operations",
    about: "serve beside Prometheus, PostgreSQL, PgBouncer and a wrong clock; changes that are notified",
    needs: ["native", "database", "sources", "operations"],
    builds: ["native"],
    programs: () => nodeTests("tests/operations"),
  },
  {
    name: "doctor",
    about: "each misconfiguration, made for real, is found with what to do",
    needs: ["native", "database", "sources", "operations"],
    builds: ["native"],
    programs: () => nodeTests("tests/doctor"),
  },
  {
    name: "attacks",
    about: "the attacks of SECURITY.md, each with and without its defence",
    needs: ["native", "package"],
    builds: ["package"],
    programs: () => nodeTests("tests/attacks"),
  },
  {
    name: "crowd",
    about: "a thousand lookups at once, and outages, in Node and workerd",
    needs: ["native", "package"],
    builds: ["native", "package"],
    programs: () => nodeTests("tests/crowd"),
  },
  {
    name: "interleavings",
    about: "schedules of overlapping lookups, from a seed",
    anyTime: true,
    needs: ["native", "package"],
    builds: ["package"],
    programs: () => nodeTests("tests/interleavings"),
  },
  {
    // Only by name: ten minutes, and what it holds is the explorer, not the package.
    name: "mutants",
    about: "only by name: each fault of a list, put into a copy of the package, is found by the schedule explorer",
    onlyByName: true,
    anyTime: true,
    needs: ["native", "package"],
    builds: ["package"],
    programs: () => nodeTests("tests/mutants"),
  },
  {
    name: "bench",
    about: "the bounds of the fleet, that contestants decide alike, and the benchmarks' options, ends and verdicts; measures nothing",
    anyTime: true,
    needs: ["native", "package", "database"],
    builds: ["package"],
    programs: async () => [
      { command: "cargo", args: ["test", ...FLEET, "--test", "*"], count: countCargo },
      ...(await nodeTests("benches")),
    ],
  },
  {
    name: "fuzz",
    about: "each fuzz target for 20 s, from one seed; npm run fuzz -- --seconds N goes on",
    anyTime: true,
    needs: ["native", "fuzz"],
    builds: [],
    programs: () =>
      readdirSync(join(ROOT, "fuzz", "corpus")).map((target) =>
        // One seed: a change is told by what it breaks, and not by luck.
        check(process.execPath, "scripts/fuzz.mjs", target, "--seconds", String(FUZZ_SECONDS), "--seed", "1", "--quiet"),
      ),
  },
  {
    name: "inspector",
    about: "the page in headless Chromium; ATLAS_SCREENSHOTS=write makes its pictures",
    needs: ["native", "package", "inspector", "browser"],
    builds: ["native", "package", "inspector"],
    programs: () => nodeTests("tests/inspector"),
  },
  {
    // What a customer has: a workspace of pnpm and turbo with Paris and Venice, and the packed packages in it.
    name: "clickeen",
    about: "a pnpm and turbo workspace with Paris and Venice; what npm start shows",
    needs: ["native", "package", "inspector", "database"],
    builds: ["native", "package", "inspector", "clickeen"],
    programs: () => nodeTests("tests/clickeen"),
  },
  {
    name: "runtimes",
    about: "the packed package in each runtime and framework",
    needs: ["native", "package", "browser", "runtimes"],
    builds: ["native", "package", "runtimes"],
    programs: () => nodeTests("tests/runtimes"),
  },
  {
    // Last, since what is shipped takes longest to build: npm packages without Rust, static binaries, the container image.
    name: "binaries",
    about: "what is released of atlas-sync: static binaries, npm packages, image",
    needs: ["native", "package", "inspector", "database", "sources", "binaries", "shipped"],
    builds: ["package", "inspector", "release"],
    programs: () => nodeTests("tests/binaries"),
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
