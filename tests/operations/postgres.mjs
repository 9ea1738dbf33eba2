// A PostgreSQL server of its own on loopback, with Michael's tables in it.
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { lockTable, sql, startDatabase } from "../../scripts/lib/database.mjs";
import { MICHAEL } from "../../scripts/lib/paths.mjs";

/** The columns that a sync reads. */
const TABLES = {
  widget_templates:
    "template_id text primary key, widget_type text, name text, layout text, skin text, density text, accents text[], " +
    "premium boolean, schema_version text, defaults jsonb, descriptor jsonb",
  widget_schemas: "widget_type text, schema_version text, schema jsonb",
  plan_features: "plan_id text, feature_key text, enabled boolean",
  plan_limits: "plan_id text, limit_type text, limit_value integer, enforcement text, grace_amount integer",
};

/** Starts the server, and fills it with the rows of Phase 1. */
export async function startPostgres() {
  const server = await startDatabase();
  const url = server.url("admin");
  for (const [table, columns] of Object.entries(TABLES)) {
    const rows = await readFile(join(MICHAEL, `${table}.json`), "utf8");
    await sql(url, { text: `create table ${table} (${columns})` });
    await sql(url, { text: `insert into ${table} select * from json_populate_recordset(null::${table}, $rows$${rows}$rows$)` });
  }
  return { url, stop: server.stop, lockTable: () => lockTable(url, "widget_templates") };
}
