// A day of a fleet of isolates, simulated with the real reader: builds the program in this folder, and runs it.
//
//   npm run bench -- fleet [--isolates 100000] [--seed 1] [--check] [--plots benches/fleet/plots]
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const build = ["run", "--quiet", "--release", "--locked", "--manifest-path", "benches/fleet/Cargo.toml", "--target-dir", "target/fleet"];
const { status } = spawnSync("cargo", [...build, "--", ...process.argv.slice(2)], { cwd: ROOT, stdio: "inherit" });
process.exitCode = status ?? 1;
