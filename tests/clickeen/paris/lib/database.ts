// Paris's connections to Michael. The role may only read (michael/roles.sql).
import { Pool } from "pg";

import { shared } from "./shared";

/** How long Michael has to answer: Venice waits for Paris for 5 s in all. */
const LIMIT_MS = 4_000;

/** One pool for all routes of the process. */
function pool(): Pool {
  return shared("database", () => {
    const connectionString = process.env.DATABASE_URL;
    if (!connectionString) throw new Error("DATABASE_URL is not set");
    const made = new Pool({ connectionString, max: 5, connectionTimeoutMillis: LIMIT_MS, query_timeout: LIMIT_MS });
    // An idle connection that breaks is replaced; without a listener it would end the process.
    made.on("error", (error) => console.error(`paris: a connection to Michael broke: ${error.message}`));
    return made;
  });
}

/** The rows of a query. */
export async function query<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
  const { rows } = await pool().query<Row>(text, [...values]);
  return rows;
}
