// The projects of the runtime matrix: one for each runtime, with packages of its own and the packed package in it.
import { join } from "node:path";

import { installPackage } from "./builds.mjs";
import { ROOT, environment } from "./paths.mjs";
import { run } from "./run.mjs";
import { hashOf, unlessUnchanged } from "./stamp.mjs";

const RUNTIMES = join(ROOT, "tests", "runtimes");

/** Where each project is. */
export const PROJECTS = [
  "node", "deno", "bun", "workerd", "edge-vm", "next", "browser", "jest", "vitest", "types",
].map((name) => join(RUNTIMES, name));

const NEXT_APPS = ["edge", "proxy"];
const NEXT_BUNDLERS = ["turbopack", "webpack"];

/** The package in every project, and the Next.js apps built by both bundlers. What is built in a moment, tests build. */
export async function buildRuntimes() {
  for (const project of PROJECTS) await installPackage(project);
  for (const app of NEXT_APPS) {
    for (const bundler of NEXT_BUNDLERS) await buildNext(app, bundler);
  }
}

async function buildNext(app, bundler) {
  const project = join(RUNTIMES, "next");
  const folder = join(project, app);
  const distDir = join(".next", bundler);
  const written = (name) => ["node_modules", ".next", "next-env.d.ts"].includes(name) || /\.(test\.mjs|tsbuildinfo)$/.test(name);
  const sources = await hashOf([project, join(RUNTIMES, "scenario")], written);
  const atlas = await hashOf([join(project, "node_modules", "@clickeen", "atlas")]);
  const next = join(project, "node_modules", "next", "dist", "bin", "next");
  await unlessUnchanged({
    stamp: join(folder, distDir, ".built"),
    inputs: `${sources} ${atlas}`,
    work: () => run(process.execPath, [next, "build", `--${bundler}`], { cwd: folder, env: environment({ NEXT_DIST: distDir }) }),
  });
}
