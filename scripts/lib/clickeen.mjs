// The workspace tests/clickeen as a customer has it: the two packages, packed and unpacked, then `pnpm install` and
// `pnpm turbo run build`. Nothing of this repository reaches it in any other way but the binary of the debug build, which
// ATLAS_SYNC_BINARY names: static ones take minutes to build, and tests/binaries installs and runs those.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { pack } from "./builds.mjs";
import { CLICKEEN, PACKAGE, ROOT, STATE, environment } from "./paths.mjs";
import { packCommand } from "./release.mjs";
import { run } from "./run.mjs";
import { hashOf, modulesOf, unlessUnchanged } from "./stamp.mjs";

/** The apps that Next.js builds. */
export const APPS = ["paris", "venice", "venice-edge"];

const VENDOR = join(CLICKEEN, "vendor");
const CORE = join(CLICKEEN, "packages", "venice-core");
const ROOT_FILES = ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml", "turbo.json", "tsconfig.base.json"];
const WRITTEN = ["node_modules", ".next", ".turbo", "next-env.d.ts", "michael"];
const isWritten = (name) => WRITTEN.includes(name) || name.endsWith(".tsbuildinfo");

/**
 * Installs the workspace with what is in `pkg/`, and builds those of the apps that have changed.
 *
 * @param {readonly string[]} [apps]
 */
export async function buildClickeen(apps = APPS) {
  await vendor();
  const packages = await hashOf([VENDOR]);
  const around = await hashOf([...ROOT_FILES.map((name) => join(CLICKEEN, name)), CORE], isWritten);
  await install(packages);
  const changed = [];
  for (const app of apps) {
    const inputs = `${await hashOf([join(CLICKEEN, app)], isWritten)} ${around} ${packages}`;
    const stamp = join(CLICKEEN, app, ".next", ".built");
    // `next build` keeps the folder: without the stamp, so that what is cut short is done again.
    if ((await readFile(stamp, "utf8").catch(() => "")) === inputs) continue;
    await rm(stamp, { force: true });
    changed.push({ app, stamp, inputs });
  }
  if (changed.length === 0) return "unchanged";
  // turbo knows the packages by their versions, which stay the same here while what is in them changes.
  await pnpm("turbo", "run", "build", "--force", ...changed.map(({ app }) => `--filter=${app}`));
  for (const { stamp, inputs } of changed) await writeFile(stamp, inputs);
  return changed.map(({ app }) => app).join(", ");
}

/** pnpm in the workspace; gives what it printed on standard output. */
export function pnpm(...args) {
  return run("pnpm", args, { cwd: CLICKEEN, env: workspaceEnvironment() });
}

/** What every command of the workspace is run with: nothing asks, reports or looks for a newer version. */
export function workspaceEnvironment(more = {}) {
  return environment({ CI: "1", TURBO_TELEMETRY_DISABLED: "1", npm_config_update_notifier: "false", ...more });
}

async function install(packages) {
  const manifests = [...APPS.map((app) => join(CLICKEEN, app)), CORE].map((folder) => join(folder, "package.json"));
  const files = ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml"].map((name) => join(CLICKEEN, name));
  const modules = join(CLICKEEN, "node_modules");
  await unlessUnchanged({
    stamp: join(modules, ".installed"),
    inputs: `${await hashOf([...manifests, ...files])} ${packages} node ${process.versions.node}`,
    work: async () => {
      // pnpm takes a folder that changed under the same version for the one that it has installed.
      await rm(modules, { recursive: true, force: true });
      await pnpm("install", "--frozen-lockfile", "--prefer-offline");
    },
  });
}

/** Unpacks both packages into `vendor/`. */
async function vendor() {
  await unlessUnchanged({
    stamp: join(VENDOR, ".atlas"),
    inputs: await hashOf([PACKAGE]),
    work: async () => unpack(await pack(), join(VENDOR, "atlas")),
  });
  const command = ["pkg-template/sync", "Cargo.toml"].map((path) => join(ROOT, path));
  await unlessUnchanged({
    stamp: join(VENDOR, ".atlas-sync"),
    inputs: await hashOf([...command, ...(await modulesOf(join(ROOT, "scripts", "lib", "release.mjs")))]),
    work: async () => unpack(await packCommand(STATE), join(VENDOR, "atlas-sync")),
  });
}

async function unpack(tarball, folder) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await run("tar", ["-xzf", tarball, "-C", folder, "--strip-components=1"]);
}
