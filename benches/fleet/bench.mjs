// A day of a fleet of isolates, simulated with the real reader: builds the program in this folder, and runs it.
//
//   npm run bench -- fleet [--isolates 100000] [--seed 1] [--check] [--plots benches/fleet/plots]
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

import { optionsOf } from "../options.mjs";

optionsOf("fleet", "A day of a fleet of isolates, simulated with the real reader.", {
  isolates: { value: "N", least: 1, default: "100000", about: "the most that are alive at once; all setups are compared at 10,000 at most" },
  seed: { value: "N", least: 0, default: "1", about: "what all chance follows from" },
  check: { about: "end with 1 if a bound is missed" },
  plots: { value: "FOLDER", about: "write the README's plots there" },
});
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const build = ["run", "--quiet", "--release", "--locked", "--manifest-path", "benches/fleet/Cargo.toml", "--target-dir", "target/fleet"];
const { status } = spawnSync("cargo", [...build, "--", ...process.argv.slice(2)], { cwd: ROOT, stdio: "inherit" });
process.exitCode = status ?? 1;
