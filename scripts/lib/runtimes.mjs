// The projects of the runtime matrix: one for each runtime, with packages of its own and the packed package in it.
import { copyFile, cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

import { installPackage } from "./builds.mjs";
import { ROOT, environment } from "./paths.mjs";
import { run } from "./run.mjs";
import { hashOf, unlessUnchanged } from "./stamp.mjs";

const RUNTIMES = join(ROOT, "tests", "runtimes");
const GOLDEN = join(ROOT, "tests", "fixtures", "golden", "store.json");

/** Where each project is. */
export const PROJECTS = [
  "node", "deno", "bun", "workerd", "edge-vm", "next", "opennext", "nitro", "sveltekit", "browser", "jest", "vitest", "types", "vercel",
].map((name) => join(RUNTIMES, name));

/** Those that the benchmarks start as well. */
export const BENCHED = PROJECTS.filter((project) => ["edge-vm", "next"].includes(basename(project)));

/** The Next.js apps, with the bundlers that build each. */
const NEXT_APPS = { edge: ["turbopack", "webpack"], proxy: ["turbopack", "webpack"], cached: ["turbopack"] };

/** Where the projects are that run the README's `widget.ts` as JavaScript, and those that read a store's items from a file. */
const WIDGETS = ["node", "deno", "bun", "workerd", "edge-vm", "opennext", "nitro", "sveltekit/src/lib"];
const SNAPSHOTS = ["jest", "vitest"];

/**
 * The package in every project, the files that projects share, and the Next.js apps. What is built in a moment, tests
 * build.
 */
export async function buildRuntimes() {
  for (const project of PROJECTS) await installPackage(project);
  await writeWidgets();
  for (const project of SNAPSHOTS) await copyFile(GOLDEN, join(RUNTIMES, project, "snapshot.json"));
  for (const [app, bundlers] of Object.entries(NEXT_APPS)) {
    for (const bundler of bundlers) await buildNext(app, bundler);
  }
  await buildOpenNext();
}

/** The one `widget.ts` of the README, as ES module and as CommonJS. */
async function writeWidgets() {
  // Not at the top: the setup, which installs it, reads this file too.
  const { transform } = await import("esbuild");
  const source = await readFile(join(RUNTIMES, "next", "lib", "widget.ts"), "utf8");
  for (const folder of WIDGETS) await mkdir(join(RUNTIMES, folder), { recursive: true });
  for (const [format, file] of [["esm", "widget.js"], ["cjs", "widget.cjs"]]) {
    const { code } = await transform(source, { loader: "ts", format, target: "es2022" });
    for (const folder of WIDGETS) await writeFile(join(RUNTIMES, folder, file), code);
  }
}

/** A Worker of a Next.js app, in `dist/`, as OpenNext makes it and wrangler would upload it. */
async function buildOpenNext() {
  const project = join(RUNTIMES, "opennext");
  const dist = join(project, "dist");
  // OpenNext takes what is in the project's own folder.
  await cp(join(RUNTIMES, "scenario"), join(project, "scenario"), { recursive: true });
  const written = (name) => ["node_modules", ".next", ".open-next", "dist", "next-env.d.ts", "opennext.test.mjs"].includes(name);
  const inputs = `${await hashOf([project], written)} ${await hashOf([join(project, "node_modules", "@clickeen", "atlas")])}`;
  const node = (path, ...args) => {
    const env = environment({ WRANGLER_SEND_METRICS: "false", CI: "1" });
    return run(process.execPath, [join(project, "node_modules", ...path), ...args], { cwd: project, env });
  };
  await unlessUnchanged({
    stamp: join(dist, ".built"),
    inputs,
    work: async () => {
      await node(["@opennextjs", "cloudflare", "dist", "cli", "index.js"], "build");
      await rm(dist, { recursive: true, force: true });
      await node(["wrangler", "bin", "wrangler.js"], "deploy", "--dry-run", "--outdir", dist);
    },
  });
}

async function buildNext(app, bundler) {
  const project = join(RUNTIMES, "next");
  const folder = join(project, app);
  const distDir = join(".next", bundler);
  const written = (name) => ["node_modules", ".next", "next-env.d.ts", "embedded"].includes(name) || /\.(test\.mjs|tsbuildinfo)$/.test(name);
  const sources = await hashOf([project, join(RUNTIMES, "scenario")], written);
  const atlas = await hashOf([join(project, "node_modules", "@clickeen", "atlas")]);
  const next = join(project, "node_modules", "next", "dist", "bin", "next");
  await unlessUnchanged({
    stamp: join(folder, distDir, ".built"),
    inputs: `${sources} ${atlas}`,
    work: () => run(process.execPath, [next, "build", `--${bundler}`], { cwd: folder, env: environment({ NEXT_DIST: distDir }) }),
  });
}
