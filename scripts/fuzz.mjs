// Fuzzes what reads from outside: each target for a time, or one of them.
//
//   npm run fuzz -- --seconds 60
//   npm run fuzz -- verifier --seconds 600
//   npm run fuzz -- headers --seconds 60 --seed 1 --quiet
//
// A crash exits with 1, and its input is in `fuzz/artifacts`. `fuzz/corpus` holds the seeds; what a run finds beyond them
// stays in `target/fuzz/corpus`, and the next run begins with it.
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { optionsOf } from "./lib/options.mjs";
import { ROOT, environment } from "./lib/paths.mjs";
import { attempt } from "./lib/run.mjs";
import { cargoFuzz } from "./lib/tools.mjs";

const FUZZ = join(ROOT, "fuzz");
const BUILT = join(ROOT, "target", "fuzz");
const TARGETS = readdirSync(join(FUZZ, "corpus")).sort();
/** Longer inputs are slow, and find nothing that shorter ones do not. */
const LONGEST = 16_384;
/** How long a build may take: every crate is built anew, with coverage. */
const LONGEST_BUILD_S = 1_500;
/** How much of a quiet run is shown if it fails. */
const LAST_LINES = 80;

const options = optionsOf(
  "npm run fuzz --",
  "Fuzzes what reads from outside: all targets, or these.",
  {
    // libFuzzer takes a part of a second as no bound.
    seconds: { value: "N", least: 1, default: "60", about: "how long to fuzz each target" },
    seed: { value: "N", least: 0, about: "what all chance follows from" },
    quiet: { about: "print one line for each target, and the end of the output of one that fails" },
  },
  { name: "TARGET", oneOf: TARGETS },
);
const { seconds, quiet } = options;
await cargoFuzz();
for (const target of options.words.length > 0 ? options.words : TARGETS) await fuzz(target);

async function fuzz(target) {
  const found = join(BUILT, "corpus", target);
  mkdirSync(found, { recursive: true });
  // No sanitizer: only the Wasm's allocator has unsafe code. The toolchain is the machine's, which is told to allow coverage.
  const build = ["fuzz", "run", "--target-dir", BUILT, "--sanitizer", "none", target, found, join(FUZZ, "corpus", target)];
  const seed = options.seed === undefined ? [] : [`-seed=${options.seed}`];
  const bounds = [...seed, `-max_total_time=${seconds}`, `-max_len=${LONGEST}`, "-print_final_stats=1", "-timeout=10"];
  const limitMs = (seconds + LONGEST_BUILD_S) * 1_000;
  const env = environment({ RUSTC_BOOTSTRAP: "1" });
  const { how, output } = await attempt("cargo", [...build, "--", ...bounds], { env, show: !quiet, limitMs });
  if (quiet) console.log(how === 0 ? `${target}: ${/Done .*/.exec(output)}` : output.split("\n").slice(-LAST_LINES).join("\n"));
  if (how !== 0) throw new Error(`${target} ended with ${how}; an input that it fails on is in fuzz/artifacts/${target}`);
}
