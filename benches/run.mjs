// Runs the benchmarks, one after the other, or one of them with its own options.
//
//   npm run bench
//   npm run bench -- reader --json figures.json --check
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const BENCHES = ["sync", "reader", "cold", "crowd", "fleet"];

const [name, ...options] = process.argv.slice(2);
if (name === "--help" || name === "-h") {
  console.log(`npm run bench [-- BENCHMARK [options]]\n\nBenchmarks: ${BENCHES.join(", ")}. BENCHMARK --help names the options of one; without one all run.`);
  process.exit(0);
}
if (name !== undefined && !BENCHES.includes(name)) {
  console.error(`bench: no benchmark ${name}; there are ${BENCHES.join(", ")}`);
  process.exit(2);
}
for (const bench of name === undefined ? BENCHES : [name]) {
  console.log(`\n${bench}`);
  const program = fileURLToPath(new URL(`./${bench}/bench.mjs`, import.meta.url));
  const { status } = spawnSync(process.execPath, [program, ...options], { stdio: "inherit" });
  process.exitCode = Math.max(process.exitCode ?? 0, status ?? 1);
}
