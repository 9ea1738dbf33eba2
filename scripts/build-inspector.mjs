// Builds the inspector, and the npm package that it is made of, for `atlas-sync dev` to serve: a debug build finds it in
// www/dist, a release holds what was there when it was compiled.
import { buildInspector, buildPackage } from "./lib/builds.mjs";
import { optionsOf } from "./lib/options.mjs";
import { step } from "./lib/progress.mjs";
import { setUp } from "./lib/setup.mjs";

optionsOf("npm run build:inspector --", "Builds the npm package in pkg/, and the inspector in www/dist.", {});
const problems = await setUp(["native", "package", "inspector"]);
if (problems.length > 0) {
  console.error(`\nbuild-inspector: not all that is needed is there:\n\n${problems.join("\n\n")}`);
  process.exit(1);
}
await step("@clickeen/atlas in pkg/", buildPackage);
await step("the inspector in www/dist", buildInspector);
