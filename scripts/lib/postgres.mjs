// The servers for the tests of the sources: PostgreSQL, and PgBouncer in front of it. The tests start them themselves, on
// loopback, with data of their own: all that is needed here are their programs.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { which } from "./paths.mjs";
import { aptInstall, orSay } from "./tools.mjs";

/** Where Debian and its kin put the server's programs, by version. They are not on the path. */
const DEBIAN = "/usr/lib/postgresql";

/** The server's programs. On Debian and its kin they can be installed. */
export async function postgres() {
  if (isThere()) return "already there";
  const whatToDo = "install PostgreSQL 15 or later, and set ATLAS_POSTGRES_BIN to the folder that has initdb and pg_ctl";
  await orSay(whatToDo, async () => {
    await aptInstall("postgresql");
    if (!isThere()) throw new Error(`no initdb below ${DEBIAN} after the package postgresql was installed`);
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

/** The same places, in the same order, as in tests/sources/server.rs. */
function isThere() {
  const named = process.env.ATLAS_POSTGRES_BIN;
  if (named) return existsSync(join(named, "initdb"));
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN) : [];
  return versions.some((version) => existsSync(join(DEBIAN, version, "bin", "initdb"))) || which("initdb") !== undefined;
}
