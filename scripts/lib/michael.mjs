// Michael as the workspace has him: the product's tables with their row security, the rows of Phase 1, and some instances.
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { databaseVersion, keepData, sql, startDatabase } from "./database.mjs";
import { CLICKEEN, MICHAEL, STATE } from "./paths.mjs";
import { hashOf, unlessUnchanged } from "./stamp.mjs";

const SQL = join(CLICKEEN, "paris", "michael");
const TABLES = ["widget_templates", "widget_schemas", "plan_features", "plan_limits"];

/**
 * Starts a server with Michael on it. What was filled once is kept in `.atlas/` and copied from then on, which saves a
 * second of every start.
 */
export async function startMichael({ port }) {
  const kept = join(STATE, "michael", "data");
  await unlessUnchanged({
    stamp: join(STATE, "michael", "filled"),
    inputs: `${await hashOf([SQL, MICHAEL])} ${await databaseVersion()}`,
    work: async () => {
      const server = await startDatabase();
      await fillMichael(server.url("admin"));
      await keepData(server, kept);
    },
  });
  return startDatabase({ port, from: kept });
}

/** Makes the tables and roles, and fills them, in the database at `url`, as its superuser. Roles are the server's. */
export async function fillMichael(url) {
  for (const name of ["tables.sql", "roles.sql"]) await sql(url, { file: join(SQL, name) });
  for (const table of TABLES) await insert(url, table, join(MICHAEL, `${table}.json`));
  await insert(url, "widget_instances", join(SQL, "instances.json"));
}

/** Inserts the rows of a file. What it leaves out has the column's default. */
async function insert(url, table, file) {
  const rows = await readFile(file, "utf8");
  const names = [...new Set(JSON.parse(rows).flatMap(Object.keys))];
  const columns = names.join(", ");
  await sql(url, {
    text: `insert into ${table} (${columns}) select ${columns} from json_populate_recordset(null::${table}, $rows$${rows}$rows$)`,
  });
}
