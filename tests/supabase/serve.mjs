// Supabase's REST API in front of a PostgreSQL database, for the tests in tests/sources. No registry has PostgREST itself:
// @supabase/lite (alpha) stands in for it, with the keys, pages, codes and limits of its protocol.
//
// Takes the database's address from ATLAS_TEST_DATABASE and the key from ATLAS_TEST_KEY, prints one line, "listening on
// http://…", and ends when its standard input does, which it does with the test that started it.
import { serve } from "@hono/node-server";
import { App } from "@supabase/lite";
import { createPostgresConnection } from "@supabase/lite/postgres";

const { ATLAS_TEST_DATABASE: url, ATLAS_TEST_KEY: key, ATLAS_TEST_MAX_ROWS: maxRows } = process.env;
const connection = createPostgresConnection({ url });
const app = new App({
  connection,
  api: { max_rows: Number(maxRows) },
  auth: { enabled: false, secret_key: key },
});
const server = serve(
  {
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request, env) => app.fetch(request, { peerAddress: env.incoming.socket.remoteAddress ?? null }),
  },
  ({ port }) => console.log(`listening on http://127.0.0.1:${port}`),
);
process.stdin.on("end", () => process.exit(0)).resume();
server.on("error", (error) => {
  throw error;
});
