// The servers for the tests of the sources: PostgreSQL, and PgBouncer in front of it. The tests start them themselves, on
// loopback, with data of their own: all that is needed here are their programs.
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";

import { which } from "./paths.mjs";
import { aptInstall, orSay } from "./tools.mjs";

/** Where Debian and its kin put the server's programs, by version. They are not on the path. */
const DEBIAN = "/usr/lib/postgresql";

/** The server's programs. On Debian and its kin they can be installed. */
export async function postgres() {
  if (serverPrograms()) return "already there";
  const whatToDo = "install PostgreSQL 15 or later, and set ATLAS_POSTGRES_BIN to the folder that has initdb and pg_ctl";
  await orSay(whatToDo, async () => {
    await aptInstall("postgresql");
    if (!serverPrograms()) throw new Error(`no initdb below ${DEBIAN} after the package postgresql was installed`);
  });
  return "installed";
}

/** The pooler. Debian puts it where only root's path leads. */
export async function pgbouncer() {
  const isInstalled = () => which("pgbouncer") !== undefined || existsSync("/usr/sbin/pgbouncer");
  if (isInstalled()) return "already there";
  await orSay("install PgBouncer, and put pgbouncer on the path", async () => {
    await aptInstall("pgbouncer");
    if (!isInstalled()) throw new Error("no pgbouncer after the package pgbouncer was installed");
  });
  return "installed";
}

/** The folder with the server's programs, or `undefined`: the same places, in the same order, as in tests/sources/server.rs. */
export function serverPrograms() {
  const named = process.env.ATLAS_POSTGRES_BIN;
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN) : [];
  const initdb = [...versions.map((version) => join(DEBIAN, version, "bin", "initdb")), which("initdb")];
  const found = (named ? [join(named, "initdb")] : initdb).find((path) => path !== undefined && existsSync(path));
  return found && dirname(found);
}
