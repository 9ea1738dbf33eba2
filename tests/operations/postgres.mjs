// A PostgreSQL server of its own on loopback, with Michael's tables in it.
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { MICHAEL, which } from "../../scripts/lib/paths.mjs";
import { freePort } from "../../scripts/lib/ports.mjs";
import { run } from "../../scripts/lib/run.mjs";

/** The columns that a sync reads. */
const TABLES = {
  widget_templates:
    "template_id text primary key, widget_type text, name text, layout text, skin text, density text, accents text[], " +
    "premium boolean, schema_version text, defaults jsonb, descriptor jsonb",
  widget_schemas: "widget_type text, schema_version text, schema jsonb",
  plan_features: "plan_id text, feature_key text, enabled boolean",
  plan_limits: "plan_id text, limit_type text, limit_value integer, enforcement text, grace_amount integer",
};

/** The server's programs, where scripts/lib/postgres.mjs looks for them. */
function binaries() {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).map((version) => join(debian, version, "bin")) : [];
  const found = [process.env.ATLAS_POSTGRES_BIN, ...versions].find((path) => path && existsSync(join(path, "initdb")));
  return found ?? join(which("initdb"), "..");
}

/** Starts the server, and fills it with the rows of Phase 1. */
export async function startPostgres() {
  const [bin, port] = [binaries(), await freePort()];
  const directory = await mkdtemp(join(tmpdir(), "atlas-operations-postgres-"));
  await chmod(directory, 0o777);
  const data = join(directory, "data");
  // The server refuses to run as root.
  const asServer = (program, ...args) => {
    const command = [join(bin, program), ...args];
    const [first, ...rest] = process.getuid() === 0 ? ["runuser", "-u", "postgres", "--", ...command] : command;
    return run(first, rest, { cwd: directory });
  };
  await asServer("initdb", "-D", data, "-U", "admin", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8");
  const options = `-p ${port} -k ${directory} -c listen_addresses=127.0.0.1 -c fsync=off`;
  await asServer("pg_ctl", "-D", data, "-l", join(directory, "log"), "-w", "-o", options, "start");
  const url = `postgres://admin@127.0.0.1:${port}/postgres`;
  const sql = (text) => run("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", text]);
  for (const [table, columns] of Object.entries(TABLES)) {
    const rows = await readFile(join(MICHAEL, `${table}.json`), "utf8");
    await sql(`create table ${table} (${columns})`);
    await sql(`insert into ${table} select * from json_populate_recordset(null::${table}, $rows$${rows}$rows$)`);
  }
  const stop = async () => {
    await asServer("pg_ctl", "-D", data, "-m", "immediate", "stop");
    await rm(directory, { recursive: true, force: true });
  };
  return { url, stop, lockTable: () => lockTable(url) };
}

/** Keeps everybody from reading the templates, until `release`: a sync then waits, and holds its own lock meanwhile. */
async function lockTable(url) {
  const child = spawn("psql", ["-X", "-q", "-A", "-t", "-d", url], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.write("begin; lock table widget_templates in access exclusive mode; select 'locked';\n");
  await new Promise((done, fail) => child.stdout.once("data", done).once("end", () => fail(new Error("psql ended"))));
  return {
    release: async () => {
      const ended = new Promise((done) => child.once("close", done));
      child.stdin.end("rollback;\n");
      await ended;
    },
  };
}
