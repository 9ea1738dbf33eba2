// A real PostgreSQL for a benchmark, on loopback, with Michael's tables and as many rows as asked for. It ends with the
// benchmark.
import { execFile, execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { atEnd } from "./at-end.mjs";

const run = promisify(execFile);

/** Where Debian puts the server's programs; elsewhere they are on the path, or where ATLAS_POSTGRES_BIN says. */
const BIN = process.env.ATLAS_POSTGRES_BIN ?? ["/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/16/bin"].find(existsSync) ?? "";

const TABLES = `
  create table widget_templates (id uuid default gen_random_uuid(), widget_type text, template_id text unique, name text,
    layout text, skin text, density text, accents text[], premium boolean, schema_version text, defaults jsonb,
    descriptor jsonb, created_at timestamptz default now());
  create table widget_schemas (id uuid default gen_random_uuid(), widget_type text, schema_version text, schema jsonb,
    created_at timestamptz default now(), unique (widget_type, schema_version));
  create table plan_features (plan_id text, feature_key text, enabled boolean, limit_value integer, metadata jsonb,
    updated_at timestamptz default now(), primary key (plan_id, feature_key));
  create table plan_limits (plan_id text, limit_type text, limit_value integer, enforcement text, grace_amount integer,
    primary key (plan_id, limit_type));
`;

function rows(templates, schemas) {
  return `
    insert into widget_schemas (widget_type, schema_version, schema)
      select 'bench.type' || n, '2025-09-01', jsonb_build_object('$schema', 'http://json-schema.org/draft-07/schema#',
        'type', 'object', 'properties', jsonb_build_object('title', jsonb_build_object('type', 'string', 'maxLength', 100),
        'count', jsonb_build_object('type', 'integer', 'minimum', 0)), 'required', jsonb_build_array('title'),
        'additionalProperties', false)
      from generate_series(1, ${schemas}) n;
    insert into widget_templates (widget_type, template_id, name, layout, skin, density, accents, premium, schema_version,
        defaults, descriptor)
      select 'bench.type' || (n % ${schemas} + 1), 'template-' || n, 'Template number ' || n, 'GRID', 'SOFT', 'COZY',
        array['blue', 'green'], n % 2 = 0, '2025-09-01', jsonb_build_object('title', 'A title for ' || n, 'count', n),
        jsonb_build_object('layout', 'GRID', 'skin', 'SOFT', 'density', 'COZY')
      from generate_series(1, ${templates}) n;
    insert into plan_features values ('free', 'branding_removable', false, null, '{}'), ('paid', 'brandingRemovable', true, null, '{}');
    insert into plan_limits values ('free', 'max_widgets', 1, 'hard', 0), ('paid', 'max_widgets', 100, 'soft', 10);
  `;
}

/** Starts a server with so many rows: its address, `psql` with some arguments, and a folder that ends with it. */
export async function startPostgres({ templates, schemas }) {
  const port = await freePort();
  const directory = startServer(port);
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const psql = (...args) => run(join(BIN, "psql"), ["-X", "-q", "-v", "ON_ERROR_STOP=1", url, ...args]);
  await psql("-c", TABLES, "-c", rows(templates, schemas), "-c", "analyze");
  return { url, psql, directory };
}

/** Starts an empty server, and gives its folder. Without a pause, so that no signal comes while it is half started. */
function startServer(port) {
  const directory = mkdtempSync(join(tmpdir(), "atlas-bench-"));
  const [data, log] = [join(directory, "data"), join(directory, "log")];
  const asServer = (program, ...args) => execFileSync(...as(join(BIN, program), args), { stdio: ["ignore", "ignore", "pipe"] });
  atEnd(() => {
    if (existsSync(join(data, "postmaster.pid"))) asServer("pg_ctl", "-D", data, "-m", "immediate", "stop");
    rmSync(directory, { recursive: true, force: true });
  });
  chmodSync(directory, 0o777);
  asServer("initdb", "-D", data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8");
  const options = `-c listen_addresses=127.0.0.1 -p ${port} -k ${directory} -c fsync=off`;
  asServer("pg_ctl", "-D", data, "-w", "-l", log, "-o", options, "start");
  return directory;
}

/** The server refuses to run as root. */
function as(program, args) {
  return process.getuid() === 0 ? ["runuser", ["-u", "postgres", "--", program, ...args]] : [program, args];
}

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}
