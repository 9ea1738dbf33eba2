// Fuzzes what reads from outside: each target for a time, or one of them.
//
//   npm run fuzz -- --seconds 60
//   npm run fuzz -- verifier --seconds 600
//   npm run fuzz -- headers --seconds 60 --seed 1 --quiet
//
// A crash ends with 1, and its input is in `fuzz/artifacts`. `fuzz/corpus` holds the seeds; what a run finds beyond them
// stays in `target/fuzz/corpus`, and the next run begins with it.
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

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

const { values, positionals } = given();
const seconds = Number(values.seconds);
await cargoFuzz();
for (const target of positionals.length > 0 ? positionals : TARGETS) await fuzz(target);

/** What was asked for, or the end of this process: libFuzzer takes a part of a second as no bound. */
function given() {
  try {
    const given = parseArgs({ allowPositionals: true, options: { seconds: { type: "string", default: "60" }, seed: { type: "string" }, quiet: { type: "boolean" } } });
    if (/^[1-9]\d*$/.test(given.values.seconds) && given.positionals.every((name) => TARGETS.includes(name))) return given;
  } catch {
    // An option that is not known, or has no value.
  }
  console.error(`fuzz: expected targets (${TARGETS.join(", ")}) and --seconds, a whole number, found ${process.argv.slice(2).join(" ")}`);
  process.exit(2);
}

async function fuzz(target) {
  const found = join(BUILT, "corpus", target);
  mkdirSync(found, { recursive: true });
  // No sanitizer: only the Wasm's allocator has unsafe code. The toolchain is the machine's, which is told to allow coverage.
  const build = ["fuzz", "run", "--target-dir", BUILT, "--sanitizer", "none", target, found, join(FUZZ, "corpus", target)];
  const seed = values.seed === undefined ? [] : [`-seed=${values.seed}`];
  const bounds = [...seed, `-max_total_time=${seconds}`, `-max_len=${LONGEST}`, "-print_final_stats=1", "-timeout=10"];
  const limitMs = (seconds + LONGEST_BUILD_S) * 1_000;
  const env = environment({ RUSTC_BOOTSTRAP: "1" });
  const { how, output } = await attempt("cargo", [...build, "--", ...bounds], { env, show: !values.quiet, limitMs });
  if (values.quiet) console.log(how === 0 ? `${target}: ${/Done .*/.exec(output)}` : output.split("\n").slice(-LAST_LINES).join("\n"));
  if (how !== 0) throw new Error(`${target} ended with ${how}; an input that it fails on is in fuzz/artifacts/${target}`);
}
