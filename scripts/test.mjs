// Runs every test there is: sets up what is missing, builds once what suites share, runs the suites in order, and ends
// with a table and the line "N passed, N failed". A suite that fails does not keep the next from running.
//
//   npm test                   all suites but those that run only by name
//   npm test -- sdk clickeen   these suites only
//   npm test -- --list         what there is
import { buildInspector, buildNative, buildPackage } from "./lib/builds.mjs";
import { buildClickeen } from "./lib/clickeen.mjs";
import { environment } from "./lib/paths.mjs";
import { seconds, step } from "./lib/progress.mjs";
import { attempt } from "./lib/run.mjs";
import { buildRelease } from "./lib/release.mjs";
import { buildRuntimes } from "./lib/runtimes.mjs";
import { setUp } from "./lib/setup.mjs";
import { SUITES } from "./lib/suites.mjs";
import { judge, sum } from "./lib/summary.mjs";

const BUILDS = {
  native: { name: "atlas-sync", work: buildNative },
  package: { name: "@clickeen/atlas in pkg/", work: buildPackage },
  inspector: { name: "the inspector in www/dist", work: buildInspector },
  clickeen: { name: "the workspace tests/clickeen", work: buildClickeen },
  release: { name: "what is released of atlas-sync, in dist/", work: buildRelease },
  runtimes: { name: "the projects of tests/runtimes", work: buildRuntimes },
};

if (process.argv.slice(2).some((option) => ["--list", "--help", "-h"].includes(option))) {
  console.log("npm test [-- SUITE...]: all suites, or these\n");
  for (const { name, about } of SUITES) console.log(`  ${name.padEnd(14)} ${about}`);
  process.exit(0);
}
const suites = chosen(process.argv.slice(2));
const started = performance.now();

console.log("Setup");
const problems = await setUp([...new Set(suites.flatMap(({ needs }) => needs))]);
for (const problem of problems) console.error(`\nsetup: ${problem}\n`);

/** Each build is made once, when the first suite needs it: a promise of its error, or of nothing. */
const builds = new Map();
const results = [];
for (const suite of suites) results.push(await runSuite(suite));
report(results);

function chosen(names) {
  const unknown = names.filter((name) => !SUITES.some((suite) => suite.name === name));
  if (unknown.length > 0) {
    console.error(`test: no suite ${unknown.join(", ")}; there are ${SUITES.map(({ name }) => name).join(", ")}`);
    process.exit(2);
  }
  return names.length === 0 ? SUITES.filter(({ onlyByName }) => !onlyByName) : SUITES.filter(({ name }) => names.includes(name));
}

async function runSuite(suite) {
  console.log(`\n${suite.name}`);
  const begun = performance.now();
  const counts = [];
  const problems = [];
  try {
    for (const name of suite.builds) await built(name);
    for (const { command, args, env, count } of await suite.programs()) {
      const counted = judge(await attempt(command, args, { env: environment(env), show: true }), count);
      counts.push(counted);
      if (counted.problem) problems.push(`${command} ${args[0]}: ${counted.problem}`);
    }
  } catch (error) {
    console.error(error.message);
    counts.push({ passed: 0, failed: 1 });
    problems.push(error.message.split("\n")[0]);
  }
  return { name: suite.name, ms: performance.now() - begun, problems, ...sum(counts) };
}

/** Makes a build, once; if it failed, every suite that needs it fails. */
function built(name) {
  const build = BUILDS[name];
  if (!builds.has(name)) builds.set(name, step(`build ${build.name}`, build.work));
  return builds.get(name);
}

function report(results) {
  const { passed, failed, skipped } = sum(results);
  console.log(`\n${["suite".padEnd(10), "passed".padStart(8), "failed".padStart(8), "time".padStart(14)].join("")}`);
  for (const { name, passed, failed, skipped, ms, problems } of results) {
    const row = [name.padEnd(10), `${passed}`.padStart(8), `${failed}`.padStart(8), seconds(ms).padStart(14)].join("");
    const notes = [...(skipped > 0 ? [`${skipped} skipped`] : []), ...problems];
    console.log(notes.length === 0 ? row : `${row}   ${notes.join("; ")}`);
  }
  for (const problem of problems) console.log(`setup: ${problem.split("\n")[0]}`);
  if (skipped > 0) console.log(`${skipped} skipped, each with its reason above`);
  console.log(`in all ${seconds(performance.now() - started)}\n`);
  console.log(`${passed} passed, ${failed + problems.length} failed`);
  process.exitCode = failed + problems.length === 0 ? 0 : 1;
}
