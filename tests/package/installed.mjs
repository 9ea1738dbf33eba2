// The package as a user gets it: packed from pkg/, and unpacked into a project of its own beside the real SDK.

import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

const run = promisify(execFile);

/** Packs pkg/, and unpacks the tarball. Gives the folder with `node_modules`, and how to remove it. */
export async function install() {
  const project = await mkdtemp(join(tmpdir(), "atlas-package-"));
  const modules = join(project, "node_modules");
  const target = join(modules, "@clickeen", "atlas");
  await mkdir(target, { recursive: true });
  await run("npm", ["pack", "--pack-destination", project], { cwd: join(ROOT, "pkg") });
  const tarball = (await readdir(project)).find((name) => name.endsWith(".tgz"));
  await run("tar", ["-xzf", join(project, tarball), "-C", target, "--strip-components=1"]);
  await cp(join(ROOT, "node_modules", "@vercel"), join(modules, "@vercel"), { recursive: true });
  await writeFile(join(project, "package.json"), '{ "private": true, "type": "module" }\n');
  return { project, target, remove: () => rm(project, { recursive: true }) };
}

/**
 * Installs the package for all tests of a file. Gives how to run a script there: each is a Node process of its own, and begins
 * with `setting`. Its environment has a whole snapshot, and a time at which that is fresh.
 *
 * @param {string} setting
 */
export function installForAll(setting) {
  let installed;
  let env;
  before(async () => {
    installed = await install();
    const { items, now } = JSON.parse(await readFile(join(ROOT, "tests", "fixtures", "snapshots", "whole.json"), "utf8"));
    env = { ITEMS: JSON.stringify(items), NOW: Date.parse(now) };
  });
  after(() => installed?.remove());
  return (name, body) => runNode(installed.project, `${name}.mjs`, `${setting}${body}`, env);
}

/** Every file of the package, with its bytes. */
export async function files(target) {
  const entries = await readdir(target, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return Promise.all(paths.map(async (path) => ({ name: relative(target, path), bytes: await readFile(path) })));
}

/** Runs a script of the project in Node: the JSON on its last line. */
export async function runNode(project, name, source, env = {}) {
  await writeFile(join(project, name), source);
  const { stdout } = await run(process.execPath, [name], { cwd: project, env: { ...process.env, ...env } });
  return JSON.parse(stdout.trimEnd().split("\n").at(-1));
}
