// A day of a fleet of isolates, simulated with the real reader: builds the program in this folder, and runs it.
//
//   npm run bench -- fleet [--isolates 100000] [--seed 1] [--check] [--plots benches/fleet/plots]
import { cargo } from "../cargo.mjs";
import { optionsOf } from "../../scripts/lib/options.mjs";

optionsOf("npm run bench -- fleet", "A day of a fleet of isolates, simulated with the real reader.", {
  isolates: { value: "N", least: 1, default: "100000", about: "the most that are alive at once; all setups are compared at 10,000 at most" },
  seed: { value: "N", least: 0, default: "1", about: "what all chance follows from" },
  check: { about: "exit with 1 if a bound is missed" },
  plots: { value: "FOLDER", about: "write the README's plots there" },
});
const build = ["run", "--release", "--locked", "--manifest-path", "benches/fleet/Cargo.toml", "--target-dir", "target/fleet"];
process.exitCode = await cargo("fleet", [...build, "--", ...process.argv.slice(2)]);
