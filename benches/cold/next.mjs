// Cold starts in Node as Next.js builds for it: a fresh `next start` each, in which a route's first request is timed.
import { rm, symlink } from "node:fs/promises";
import { join } from "node:path";

import { installPackage } from "../../scripts/lib/builds.mjs";
import { ROOT, environment } from "../../scripts/lib/paths.mjs";
import { freePort } from "../../scripts/lib/ports.mjs";
import { run } from "../../scripts/lib/run.mjs";
import { startServer } from "../../scripts/lib/servers.mjs";

const APP = join(import.meta.dirname, "next");
/** The project of the runtime matrix has Next.js. */
const PROJECT = join(ROOT, "tests", "runtimes", "next");
const PROGRAM = join(PROJECT, "node_modules", "next", "dist", "bin", "next");

/** Starts a contestant: its milliseconds by what was measured. */
export async function next() {
  await installPackage(PROJECT);
  const modules = join(APP, "node_modules");
  await rm(modules, { recursive: true, force: true });
  await symlink(join(PROJECT, "node_modules"), modules);
  await run(process.execPath, [PROGRAM, "build"], { cwd: APP, env: environment({}) });
  return async (contestant, given) => {
    const server = await started();
    try {
      const response = await fetch(`${server.url}/${contestant}`, { method: "POST", body: JSON.stringify(given) });
      if (!response.ok) throw new Error(`Next.js, ${contestant}: ${response.status} ${await response.text()}`);
      return await response.json();
    } finally {
      await server.stop();
    }
  };
}

async function started() {
  const port = await freePort();
  const args = [PROGRAM, "start", "-H", "127.0.0.1", "-p", `${port}`];
  const answers = (url) => fetch(`${url}/nobody`);
  const good = (status) => status === 204;
  return startServer({ name: "Next.js", port, command: process.execPath, args, cwd: APP, env: { NODE_ENV: "production" }, answers, good });
}
