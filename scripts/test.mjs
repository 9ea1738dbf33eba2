// Runs every test there is: sets up what is missing, builds once what suites share, runs the suites, and ends with a table
// and the line "N passed, N failed". A suite that fails does not keep the next from running.
//
//   npm test                   all suites but those that run only by name
//   npm test -- sdk clickeen   these suites only
//   npm test -- --list         what there is
//
// Two things run side by side. In front are the suites whose tests look at the clock, one after the other. Behind them, with
// the time that they leave, run the setup, the builds that later suites need, and the suites that may take any time. When the
// front has none left, it takes from those behind.
import { buildInspector, buildNative, buildPackage } from "./lib/builds.mjs";
import { buildClickeen } from "./lib/clickeen.mjs";
import { environment } from "./lib/paths.mjs";
import { seconds, step } from "./lib/progress.mjs";
import { attempt } from "./lib/run.mjs";
import { buildRelease } from "./lib/release.mjs";
import { buildRuntimes } from "./lib/runtimes.mjs";
import { Screen, printer } from "./lib/screen.mjs";
import { beginSetUp } from "./lib/setup.mjs";
import { SUITES } from "./lib/suites.mjs";
import { judge, sum } from "./lib/summary.mjs";

const BUILDS = {
  package: { name: "@clickeen/atlas in pkg/", needs: ["package"], after: [], work: buildPackage },
  inspector: { name: "the inspector in www/dist", needs: ["inspector"], after: ["package"], work: buildInspector },
  native: { name: "atlas-sync", needs: ["native"], after: [], work: buildNative },
  clickeen: { name: "the workspace tests/clickeen", needs: [], after: ["package"], work: buildClickeen },
  runtimes: { name: "the projects of tests/runtimes", needs: ["runtimes"], after: ["package"], work: buildRuntimes },
  // A release holds the page.
  release: { name: "what is released of atlas-sync, in dist/", needs: ["binaries"], after: ["inspector"], work: buildRelease },
};

if (process.argv.slice(2).some((option) => ["--list", "--help", "-h"].includes(option))) {
  console.log("npm test [-- SUITE...]: all suites, or these\n");
  for (const { name, about } of SUITES) console.log(`  ${name.padEnd(14)} ${about}`);
  process.exit(0);
}
const suites = chosen(process.argv.slice(2));
const started = performance.now();
const screen = new Screen();

console.log("Setup and builds");
const setup = await screen.behind(() => beginSetUp([...new Set(suites.flatMap(({ needs }) => needs))]));
/** Each build is made once: a promise of its error, or of nothing. */
const builds = new Map();
const results = new Map();
const front = suites.filter(({ anyTime }) => !anyTime);
const anyTime = suites.filter(({ anyTime }) => anyTime);
/** Suites behind nothing print as they go. */
const isAlone = front.length === 0;
const behind = runBehind();
for (const suite of take(front)) await runInFront(suite);
for (const suite of take(anyTime)) await runInFront(suite);
await behind;
report(suites.map(({ name }) => results.get(name)));

function chosen(names) {
  const unknown = names.filter((name) => !SUITES.some((suite) => suite.name === name));
  if (unknown.length > 0) {
    console.error(`test: no suite ${unknown.join(", ")}; there are ${SUITES.map(({ name }) => name).join(", ")}`);
    process.exit(2);
  }
  return names.length === 0 ? SUITES.filter(({ onlyByName }) => !onlyByName) : SUITES.filter(({ name }) => names.includes(name));
}

/** Those that are left, each taken off the list: two take from one list. */
function* take(list) {
  while (list.length > 0) yield list.shift();
}

/** The builds first, since suites in front wait for them. */
async function runBehind() {
  const wanted = Object.keys(BUILDS).filter((name) => suites.some(({ builds }) => builds.includes(name)));
  for (const name of wanted) await screen.behind(() => built(name)).catch(() => {});
  if (isAlone) return;
  for (const suite of take(anyTime)) await screen.behind(() => runSuite(suite), { isBlock: true });
}

async function runInFront(suite) {
  await setup.ready(suite.needs);
  for (const name of suite.builds) await screen.behind(() => built(name)).catch(() => {});
  await screen.front(() => runSuite(suite));
}

async function runSuite(suite) {
  const print = printer();
  print(`\n${suite.name}`);
  const begun = performance.now();
  const counts = [];
  const problems = [];
  try {
    await setup.ready(suite.needs);
    for (const name of suite.builds) await built(name);
    for (const { command, args, env, count } of await suite.programs()) {
      const counted = judge(await attempt(command, args, { env: environment(env), show: true }), count);
      counts.push(counted);
      if (counted.problem) problems.push(`${command} ${args[0]}: ${counted.problem}`);
    }
  } catch (error) {
    print(error.message);
    counts.push({ passed: 0, failed: 1 });
    problems.push(error.message.split("\n")[0]);
  }
  results.set(suite.name, { name: suite.name, ms: performance.now() - begun, problems, ...sum(counts) });
}

/** Makes a build, once, and before it those that it holds; if it failed, every suite that needs it fails. */
function built(name) {
  const { name: what, needs, after, work } = BUILDS[name];
  const build = async () => {
    await setup.ready(needs);
    for (const before of after) await built(before);
    await step(`build ${what}`, work);
  };
  if (!builds.has(name)) builds.set(name, build());
  return builds.get(name);
}

function report(results) {
  const { passed, failed, skipped } = sum(results);
  console.log(`\n${["suite".padEnd(13), "passed".padStart(8), "failed".padStart(8), "time".padStart(14)].join("")}`);
  for (const { name, passed, failed, skipped, ms, problems } of results) {
    const row = [name.padEnd(13), `${passed}`.padStart(8), `${failed}`.padStart(8), seconds(ms).padStart(14)].join("");
    const notes = [...(skipped > 0 ? [`${skipped} skipped`] : []), ...problems];
    console.log(notes.length === 0 ? row : `${row}   ${notes.join("; ")}`);
  }
  const { problems } = setup;
  for (const problem of problems) console.log(`setup: ${problem}`);
  if (skipped > 0) console.log(`${skipped} skipped, each with its reason above`);
  console.log(`in all ${seconds(performance.now() - started)}\n`);
  console.log(`${passed} passed, ${failed + problems.length} failed`);
  process.exitCode = failed + problems.length === 0 ? 0 : 1;
}
