// The workspace tests/clickeen as a customer has it: the two packages, packed and unpacked, then `pnpm install` and
// `pnpm turbo run build`. Nothing of this repository reaches it in any other way.
import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";

import { pack } from "./builds.mjs";
import { ATLAS_SYNC, CLICKEEN, PACKAGE, environment } from "./paths.mjs";
import { run } from "./run.mjs";
import { hashOf, unlessUnchanged } from "./stamp.mjs";
import { standInForAtlasSync } from "./sync-stand-in.mjs";

/** The apps that Next.js builds. */
export const APPS = ["paris", "venice", "venice-edge"];

const VENDOR = join(CLICKEEN, "vendor");
const WRITTEN = ["node_modules", ".next", ".turbo", "vendor", "next-env.d.ts", "README.md", "support"];
const notOfTheApps = (name) => WRITTEN.includes(name) || /\.(test\.mjs|tsbuildinfo)$/.test(name);

/** Installs the workspace with what is in `pkg/`, and builds its apps. */
export async function buildClickeen() {
  await vendor();
  const sources = await hashOf([CLICKEEN], notOfTheApps);
  const packages = await hashOf([VENDOR]);
  const isThere = APPS.every((app) => existsSync(join(CLICKEEN, app, ".next", "BUILD_ID")));
  const stamp = join(CLICKEEN, "node_modules", ".built");
  if (!isThere) await rm(stamp, { force: true });
  await install(packages);
  return unlessUnchanged({
    stamp,
    inputs: `${sources} ${packages}`,
    // turbo knows the packages by their versions, which stay the same here while what is in them changes.
    work: () => pnpm("turbo", "run", "build", "--force"),
  });
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
  const manifests = [CLICKEEN, ...APPS.map((app) => join(CLICKEEN, app)), join(CLICKEEN, "packages", "venice-core")];
  const files = ["pnpm-lock.yaml", "pnpm-workspace.yaml"].map((name) => join(CLICKEEN, name));
  const inputs = await hashOf([...manifests.map((folder) => join(folder, "package.json")), ...files]);
  const modules = join(CLICKEEN, "node_modules");
  await unlessUnchanged({
    stamp: join(modules, ".installed"),
    inputs: `${inputs} ${packages} node ${process.versions.node}`,
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
  // Until @clickeen/atlas-sync is built here: `unpack` its tarball, as above, in place of this line.
  await standInForAtlasSync(join(VENDOR, "atlas-sync"), ATLAS_SYNC);
}

async function unpack(tarball, folder) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await run("tar", ["-xzf", tarball, "-C", folder, "--strip-components=1"]);
}
