// The real Prometheus that scrapes the job every second, and `promtool`.
import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { freePort } from "../../scripts/lib/ports.mjs";
import { startServer } from "../../scripts/lib/servers.mjs";
import { METRICS_TOKEN } from "./support.mjs";

/** Starts a Prometheus with its data in a directory; `rules` is the path of a file of rules. */
export async function startPrometheus({ directory, target, rules = null }) {
  const port = await freePort();
  const config = join(directory, "prometheus.yml");
  await writeFile(config, `
global: { scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }
rule_files: ${JSON.stringify(rules === null ? [] : [rules])}
scrape_configs:
  - job_name: atlas
    authorization: { credentials: ${METRICS_TOKEN} }
    static_configs: [{ targets: ["${target}"] }]
`);
  const args = [
    `--config.file=${config}`, `--storage.tsdb.path=${join(directory, "tsdb")}`, `--web.listen-address=127.0.0.1:${port}`,
  ];
  const answers = (url) => fetch(`${url}/-/ready`);
  const server = await startServer({ name: "prometheus", port, command: "prometheus", args, cwd: directory, answers });
  const ask = async (path) => {
    const { status, error, data } = await (await fetch(`${server.url}/api/v1/${path}`)).json();
    if (status !== "success") throw new Error(`prometheus: ${path}: ${error}`);
    return data;
  };
  const query = async (expression) => (await ask(`query?query=${encodeURIComponent(expression)}`)).result;
  /** The value of an expression now; `null` if it has none. */
  const value = async (expression) => {
    const [first] = await query(expression);
    return first === undefined ? null : Number(first.value[1]);
  };
  return { ...server, ask, query, value };
}

/** Runs `promtool`: its exit code, and what it printed. */
export function promtool(args, { input = "", cwd } = {}) {
  return new Promise((done, fail) => {
    const child = spawn("promtool", args, { cwd, stdio: ["pipe", "pipe", "pipe"] });
    const output = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => output.push(bytes));
    child.on("error", fail).on("close", (code) => done({ code, output: Buffer.concat(output).toString() }));
    child.stdin.end(input);
  });
}
