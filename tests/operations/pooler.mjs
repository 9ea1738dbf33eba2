// PgBouncer in transaction mode, in front of a server of scripts/lib/database.mjs. The Rust tests have their own
// (tests/sources/pgbouncer.rs).
import { chmod, mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { start } from "../../scripts/lib/children.mjs";
import { sql } from "../../scripts/lib/database.mjs";
import { environment, which } from "../../scripts/lib/paths.mjs";
import { freePort } from "../../scripts/lib/ports.mjs";
import { until } from "../../scripts/lib/until.mjs";

/** Starts it with its files in a folder below `directory`. */
export async function startPooler(server, directory) {
  const port = await freePort();
  const folder = await mkdtemp(join(directory, "pgbouncer-"));
  const file = join(folder, "pgbouncer.ini");
  await writeFile(join(folder, "users"), '"admin" ""\n"atlas_reader" ""\n');
  await writeFile(
    file,
    `[databases]\n* = host=127.0.0.1 port=${server.port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = ${port}\n` +
      `unix_socket_dir =\nauth_type = trust\nauth_file = ${join(folder, "users")}\npool_mode = transaction\n`,
  );
  await Promise.all([directory, folder].map((path) => chmod(path, 0o755)));
  const program = which("pgbouncer") ?? "/usr/sbin/pgbouncer";
  // It refuses to run as root.
  const asPostgres = ["--reuid=postgres", "--regid=postgres", "--init-groups", program, "-q", file];
  const [command, args] = process.getuid?.() === 0 ? ["setpriv", asPostgres] : [program, ["-q", file]];
  const lines = [];
  const child = start(command, args, { cwd: folder, env: environment(), onLine: (line) => lines.push(line) });
  const url = (user, database) => `postgres://${user}@127.0.0.1:${port}/${database}`;
  await until(`answer from PgBouncer\n${lines.join("\n")}`, () => sql(url("admin", "postgres"), { text: "select 1" }).catch(() => null));
  return { ...child, url };
}
