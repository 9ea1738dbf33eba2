// An empty folder with the packages installed in it, on a machine without Rust: the path has Node, npm and a shell, and
// nothing else.
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { start, stopAll } from "../../scripts/lib/children.mjs";
import { which } from "../../scripts/lib/paths.mjs";
import { startRegistry } from "./registry.mjs";

const PROGRAMS = ["npm", "npx", "sh", "env"];

/** Installs `@clickeen/atlas-sync` by its name, as a user would. Everything ends with `end`. */
export async function install() {
  const place = await emptyPlace();
  const registry = await startRegistry();
  const installed = await place.npm("install", "@clickeen/atlas-sync", "--registry", registry.url);
  await registry.close();
  if (installed.code !== 0) {
    await place.end();
    throw new Error(`npm install ended with ${installed.code}\n${installed.stderr}`);
  }
  return { ...place, asked: registry.asked };
}

/** A folder with a `package.json` alone, and how programs are run in it. */
export async function emptyPlace() {
  const directory = await mkdtemp(join(tmpdir(), "atlas-binaries-"));
  const [bin, project] = [join(directory, "bin"), join(directory, "project")];
  await mkdir(bin);
  await mkdir(project);
  await symlink(process.execPath, join(bin, "node"));
  for (const program of PROGRAMS) await symlink(which(program), join(bin, program));
  await writeFile(join(project, "package.json"), '{ "private": true, "type": "module" }\n');
  const env = (more = {}) => ({ PATH: bin, HOME: directory, ...more });
  const run = (command, args, more) => toEnd(command, args, { cwd: project, env: env(more) });
  const npm = (...args) => run(join(bin, "npm"), [...args, "--cache", join(directory, "cache"), "--no-audit", "--no-fund"]);
  const end = async () => {
    await stopAll();
    await rm(directory, { recursive: true, force: true });
  };
  return { directory, bin, project, env, run, npm, end, command: join(project, "node_modules", ".bin", "atlas-sync") };
}

/** Runs a program to its end: how it ended, and what it printed. */
export async function toEnd(command, args, { cwd, env }) {
  const [stdout, stderr] = [[], []];
  const onLine = (line, isResult) => (isResult ? stdout : stderr).push(line);
  const code = await start(command, args, { cwd, env, onLine }).ended;
  return { code, stdout: stdout.join("\n"), stderr: stderr.join("\n") };
}
