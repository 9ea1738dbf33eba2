// Builds what is released of the writing side, in dist/: the npm packages of `atlas-sync` with static binaries in them,
// SBOMs, checksums, and the context of the container image. Each step prints how long it took.
import { buildInspector, buildPackage } from "./lib/builds.mjs";
import { optionsOf } from "./lib/options.mjs";
import { step } from "./lib/progress.mjs";
import { buildRelease } from "./lib/release.mjs";
import { setUp } from "./lib/setup.mjs";

optionsOf("npm run build:binaries --", "Builds what is released of atlas-sync in dist/: static binaries, npm packages, SBOMs and checksums.", {});
const problems = await setUp(["native", "package", "inspector", "binaries"]);
if (problems.length > 0) {
  console.error(`\nbuild-binaries: not all that is needed is there:\n\n${problems.join("\n\n")}`);
  process.exit(1);
}
await step("@clickeen/atlas in pkg/", buildPackage);
// A release holds the page.
await step("the inspector in www/dist", buildInspector);
await step("dist/", buildRelease);
