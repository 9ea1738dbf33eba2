// PostgreSQL on loopback, with data of its own in a temporary folder: for tests, and for `npm start`.
import { existsSync, readdirSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { which } from "./paths.mjs";
import { freePort } from "./ports.mjs";
import { run } from "./run.mjs";

/** The server's programs, where scripts/lib/postgres.mjs looks for them. */
function binaries() {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).map((version) => join(debian, version, "bin")) : [];
  const found = [process.env.ATLAS_POSTGRES_BIN, ...versions].find((path) => path && existsSync(join(path, "initdb")));
  return found ?? join(which("initdb"), "..");
}

/**
 * Starts a server. Its superuser is `admin`, and everybody on this machine is trusted.
 *
 * @returns {Promise<DatabaseServer>}
 */
export async function startDatabase({ port } = {}) {
  const [bin, chosen] = [binaries(), port ?? (await freePort())];
  const directory = await mkdtemp(join(tmpdir(), "atlas-postgres-"));
  await chmod(directory, 0o777);
  const data = join(directory, "data");
  // The server refuses to run as root.
  const asServer = (program, ...args) => {
    const command = [join(bin, program), ...args];
    const [first, ...rest] = process.getuid?.() === 0 ? ["runuser", "-u", "postgres", "--", ...command] : command;
    return run(first, rest, { cwd: directory });
  };
  await asServer("initdb", "-D", data, "-U", "admin", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8");
  const options = `-p ${chosen} -k ${directory} -c listen_addresses=127.0.0.1 -c fsync=off`;
  await asServer("pg_ctl", "-D", data, "-l", join(directory, "log"), "-w", "-o", options, "start");
  const stop = async () => {
    await asServer("pg_ctl", "-D", data, "-m", "immediate", "stop");
    await rm(directory, { recursive: true, force: true });
  };
  return { port: chosen, url: (user, database = "postgres") => `postgres://${user}@127.0.0.1:${chosen}/${database}`, stop };
}

/** @typedef {{ port: number, url(user: string, database?: string): string, stop(): Promise<void> }} DatabaseServer */

/** Runs SQL, a text or a file, and gives what it selects, one row a line, columns apart by `|`. */
export function sql(url, { text, file }) {
  const what = file === undefined ? ["-c", text] : ["-f", file];
  return run("psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, ...what]);
}
