// Cargo for the benchmarks: what it prints is shown, and without it a benchmark ends with one line.
import { spawn } from "node:child_process";

import { ROOT } from "../scripts/lib/paths.mjs";

/**
 * Runs cargo, and gives its exit code.
 *
 * @param {string} bench
 * @param {string[]} args
 */
export async function cargo(bench, args) {
  const child = spawn("cargo", args, { cwd: ROOT, stdio: "inherit" });
  return new Promise((done) => {
    child.once("error", ({ code }) => {
      console.error(`${bench}: cargo could not be started (${code}); install Rust with rustup, then open a new shell`);
      process.exit(1);
    });
    child.once("close", (status) => done(status ?? 1));
  });
}

/** Builds `atlas-sync` as it is released, or ends this process. */
export async function buildAtlasSync(bench) {
  const status = await cargo(bench, ["build", "--release", "--bin", "atlas-sync"]);
  if (status !== 0) process.exit(status);
}
