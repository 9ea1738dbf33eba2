// Paris and Venice of tests/clickeen, built before, on 127.0.0.1; and what they are told by their environment.
import { join } from "node:path";

import { ATLAS_SYNC, CLICKEEN } from "./paths.mjs";
import { connectionString, startServer } from "./servers.mjs";

/** Secrets of this machine alone. */
export const SECRETS = {
  adminKey: "local-admin-key",
  cronSecret: "local-cron-secret",
  veniceKey: "local-venice-key",
  writeToken: "local-write",
};

/**
 * The job's environment: it reads Michael as a role that can do nothing else, and writes through Vercel's API, which the
 * local store speaks.
 */
export function jobEnvironment({ sourceUrl, storeUrl }) {
  return {
    // In place of the platform's own package (scripts/lib/clickeen.mjs).
    ATLAS_SYNC_BINARY: ATLAS_SYNC,
    ATLAS_SOURCE: sourceUrl,
    ATLAS_STORE: "vercel",
    ATLAS_API_URL: storeUrl,
    ATLAS_EDGE_CONFIG_ID: "ecfg_local",
    ATLAS_EDGE_CONFIG_TOKEN: SECRETS.writeToken,
    INTERNAL_ADMIN_KEY: SECRETS.adminKey,
  };
}

/** Paris, with the job in it. */
export function startParis({ port, databaseUrl, sourceUrl, storeUrl, env = {}, onLine }) {
  const variables = {
    ...jobEnvironment({ sourceUrl, storeUrl }),
    ATLAS_EDGE_CONFIG: connectionString(storeUrl),
    CRON_SECRET: SECRETS.cronSecret,
    VENICE_KEY: SECRETS.veniceKey,
    DATABASE_URL: databaseUrl,
    ...env,
  };
  return startApp({ app: "paris", port, env: variables, answers: (url) => fetch(`${url}/api/healthz`), onLine });
}

/** The long-running job, which listens for changes of Michael. */
export function startJob({ port, sourceUrl, storeUrl, env = {}, onLine }) {
  const variables = { ...jobEnvironment({ sourceUrl, storeUrl }), ATLAS_LISTEN_CHANNEL: "atlas", ATLAS_WRITE_QUOTA: "100/hour", ...env };
  const args = ["serve", "--listen", `127.0.0.1:${port}`];
  const answers = (url) => fetch(`${url}/readyz`);
  return startServer({ name: "job", port, command: ATLAS_SYNC, args, env: variables, cwd: CLICKEEN, answers, onLine });
}

/** Venice, as `venice` or `venice-edge`. `env` may set its times: ATLAS_REFRESH_MS and the like. */
export function startVenice({ app = "venice", port, storeUrl, parisUrl, env = {}, onLine }) {
  const variables = { ATLAS_EDGE_CONFIG: connectionString(storeUrl), PARIS_URL: parisUrl, VENICE_KEY: SECRETS.veniceKey, ...env };
  const answers = (url) => fetch(`${url}/e/no-such-widget`);
  const good = (status) => status === 404 || status === 502;
  return startApp({ app, port, env: variables, answers, good, onLine });
}

function startApp({ app, port, env, ...more }) {
  const cwd = join(CLICKEEN, app);
  const next = join(cwd, "node_modules", "next", "dist", "bin", "next");
  const args = [next, "start", "-H", "127.0.0.1", "-p", `${port}`];
  return startServer({ name: app, port, command: process.execPath, args, env: { NODE_ENV: "production", ...env }, cwd, ...more });
}
