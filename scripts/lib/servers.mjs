// Servers of a run on one machine, all on 127.0.0.1, the local store first of all. Each is handed over only when it
// really answers.
import { start } from "./children.mjs";
import { ATLAS_SYNC, ROOT, environment } from "./paths.mjs";
import { isFree } from "./ports.mjs";
import { run } from "./run.mjs";
import { until } from "./until.mjs";

/** @typedef {{ url: string, pid: number, lines: string[], ended: Promise<number | string>,
 *   signal(name: NodeJS.Signals): void, stop(): Promise<number | string> }} Server */

/** What a reader needs for the local store: the address with its read token. */
export function connectionString(storeUrl) {
  return `${storeUrl}/ecfg_local?token=local`;
}

/** Publishes rows to the local store's file, and gives the report. */
export async function sync({ rows, state }) {
  return JSON.parse(await run(ATLAS_SYNC, ["sync", "--json", "--source", `file:${rows}`, "--store", `file:${state}`]));
}

/** The local store, which serves what is in its state file, and publishes nothing itself. */
export function startStore({ port, state, onLine }) {
  const args = ["dev", "--no-sync", "--state", state, "--listen", `127.0.0.1:${port}`];
  const answers = (url) => fetch(`${connectionString(url).replace("?", "/items?version=1&")}`);
  return startServer({ name: "store", port, command: ATLAS_SYNC, args, cwd: ROOT, answers, onLine });
}

/** Starts a server and waits until it answers. A port in use, or an early end, is told with what it printed. */
export async function startServer({ name, port, command, args, env = {}, cwd, answers, good = (s) => s === 200, onLine }) {
  if (!(await isFree(port))) throw new Error(`${name}: port ${port} of 127.0.0.1 is in use by another program`);
  const url = `http://127.0.0.1:${port}`;
  const lines = [];
  const child = start(command, args, {
    cwd,
    env: { ...withoutAtlas(environment()), ...env },
    onLine: (line) => {
      lines.push(line);
      onLine?.(line);
    },
  });
  let over = null;
  void child.ended.then((how) => (over = { how }));
  const answered = until(`answer from ${name} at ${url}`, async () => {
    if (over) throw new Error(`${name}: ended with ${over.how} before it answered\n${lines.join("\n")}`);
    const response = await answers(url).catch(() => null);
    return response !== null && good(response.status);
  });
  await answered.catch(async (error) => {
    await child.stop();
    throw error;
  });
  return { url, lines, ...child };
}

/** Atlas's own variables of the shell are for another store. */
function withoutAtlas(variables) {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !name.startsWith("ATLAS_")));
}
