// PostgreSQL on loopback, with data of its own in a temporary folder: for tests, and for `npm start`.
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { start } from "./children.mjs";
import { environment } from "./paths.mjs";
import { freePort } from "./ports.mjs";
import { serverPrograms } from "./postgres.mjs";
import { attempt, run } from "./run.mjs";
import { until } from "./until.mjs";

function binaries() {
  const found = serverPrograms();
  if (!found) throw new Error("no PostgreSQL server on this machine: node scripts/setup.mjs installs it");
  return found;
}

/**
 * Starts a server. Its superuser is `admin`, and everybody on this machine is trusted. It ends with this process.
 *
 * @param {{ port?: number, from?: string }} [options] default: a free port, and data of a new server; `from` is a folder that
 *   `keepData` made, whose data it starts with
 * @returns {Promise<DatabaseServer>}
 */
export async function startDatabase({ port, from } = {}) {
  const bin = binaries();
  const directory = await mkdtemp(join(tmpdir(), "atlas-postgres-"));
  process.once("exit", () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));
  await chmod(directory, 0o777);
  const data = join(directory, "data");
  const options = ["-D", data, "-U", "admin", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"];
  if (from === undefined) await run(...asServer(bin, "initdb", ...options), { cwd: directory });
  else await run("cp", ["-a", from, data]);
  // Between the choice of a free port and its use another program may take it.
  for (let triesLeft = port === undefined ? 3 : 1; ; triesLeft -= 1) {
    const server = await listen(bin, directory, port ?? (await freePort()));
    if (server.over === null) return server;
    if (triesLeft === 1) throw new Error(`PostgreSQL ended with ${server.over} before it answered\n${server.lines.join("\n")}`);
  }
}

/** The server's version, as it names itself. */
export async function databaseVersion() {
  return (await run(join(binaries(), "postgres"), ["--version"])).trim();
}

/** Has a server end in good order, and moves its data to `folder`. */
export async function keepData(server, folder) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(dirname(folder), { recursive: true });
  await server.stop({ keep: folder });
}

/** Starts the server with the data in `directory`, and waits until it answers or has ended (`over` says how). */
async function listen(bin, directory, port) {
  const options = ["-p", `${port}`, "-k", directory, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"];
  const [command, args] = asServer(bin, "postgres", "-D", join(directory, "data"), ...options);
  const lines = [];
  const child = start(command, args, { cwd: directory, env: environment(), onLine: (line) => lines.push(line) });
  const url = (user, database = "postgres") => `postgres://${user}@127.0.0.1:${port}/${database}`;
  let over = null;
  void child.ended.then((how) => (over = how));
  await until(`answer from PostgreSQL on port ${port}`, async () => {
    if (over !== null) return true;
    return (await attempt("psql", ["-X", "-q", "-d", url("admin"), "-c", "select 1"])).how === 0;
  });
  const stop = async ({ keep } = {}) => {
    // In good order if the data is kept, otherwise at once.
    child.signal(keep === undefined ? "SIGQUIT" : "SIGINT");
    await child.ended;
    if (keep !== undefined) await run("mv", [join(directory, "data"), keep]);
    await rm(directory, { recursive: true, force: true });
  };
  return { port, url, lines, over, ended: child.ended, stop };
}

/** One of the server's programs with its arguments. It refuses to run as root. */
function asServer(bin, program, ...args) {
  const path = join(bin, program);
  // setpriv becomes the program, so that signals reach it.
  const asPostgres = ["--reuid=postgres", "--regid=postgres", "--init-groups", path, ...args];
  return process.getuid?.() === 0 ? ["setpriv", asPostgres] : [path, args];
}

/** @typedef {{ port: number, url(user: string, database?: string): string, ended: Promise<number | string>,
 *   stop(options?: { keep?: string }): Promise<void> }} DatabaseServer `keep`: where its data goes */

/** Runs SQL, a text or a file, and gives what it selects, one row a line, columns apart by `|`. */
export function sql(url, { text, file }) {
  const what = file === undefined ? ["-c", text] : ["-f", file];
  return run("psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, ...what]);
}

/** Keeps everybody from reading a table, until `release`: a sync then waits, and holds its own lock meanwhile. */
export async function lockTable(url, table) {
  const child = spawn("psql", ["-X", "-q", "-A", "-t", "-d", url], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.write(`begin; lock table ${table} in access exclusive mode; select 'locked';\n`);
  await new Promise((done, fail) => child.stdout.once("data", done).once("end", () => fail(new Error("psql ended"))));
  const ended = new Promise((done) => child.once("close", done));
  return {
    release: async () => {
      if (!child.stdin.writableEnded) child.stdin.end("rollback;\n");
      await ended;
    },
  };
}
