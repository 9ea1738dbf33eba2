// Cargo for the benchmarks: what it prints is shown, and without it a benchmark ends with one line.
import { spawnSync } from "node:child_process";

import { ROOT } from "../scripts/lib/paths.mjs";

/**
 * Runs cargo, and gives its exit code.
 *
 * @param {string} bench
 * @param {string[]} args
 */
export function cargo(bench, args) {
  const { status, error } = spawnSync("cargo", args, { cwd: ROOT, stdio: "inherit" });
  if (error) {
    console.error(`${bench}: cargo could not be started (${error.code}); install Rust with rustup, then open a new shell`);
    process.exit(1);
  }
  return status ?? 1;
}

/** Builds `atlas-sync` as it is released, or ends this process. */
export function buildAtlasSync(bench) {
  const status = cargo(bench, ["build", "--release", "--quiet", "--bin", "atlas-sync"]);
  if (status !== 0) process.exit(status);
}
