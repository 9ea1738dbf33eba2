// A runtime that serves HTTP: started on a free port beside a stand, and asked for the scenarios and for a widget.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import { freePort } from "../../../scripts/lib/ports.mjs";
import { startServer } from "../../../scripts/lib/servers.mjs";
import { until } from "../../../scripts/lib/until.mjs";
import { openStand } from "./stand.mjs";
import { assertTables } from "./table.mjs";

/** Where the README's `answer` makes the response. */
const RESPONSES = { "/e/": [404, 502] };

/**
 * The tests of one server.
 *
 * @param {string} name what runs
 * @param {(port: number) => { command: string, args: string[], cwd: string, env?: Record<string, string> }} program
 * @param {readonly string[]} scenarios the paths that play the scenarios
 * @param {Readonly<Record<string, readonly [number, number]>>} widgets the paths below which the README's own code serves
 *   widgets, with the status of one that does not exist, and of one while Paris is down
 */
export function testServer(name, program, { scenarios = ["/scenario"], widgets = RESPONSES } = {}) {
  test(name, async (t) => {
    const { url, stand } = await serve(t, name, program, Object.keys(widgets)[0]);
    await testAddress(t, { url, control: stand.control, scenarios, widgets });
  });
}

/**
 * The same server on a Node that compiles no Wasm: it starts, and Paris serves.
 *
 * @param {readonly string[]} widgets the paths below which the README's own code serves widgets
 */
export function testServerWithoutWasm(name, program, widgets = ["/e/"]) {
  test(`${name}, no code generation: importing works, and every lookup is internal_error`, async (t) => {
    const { url, lines } = await serve(t, name, (port) => withoutWasm(program(port)), widgets[0]);
    for (const path of widgets) {
      for (let lookup = 0; lookup < 2; lookup += 1) {
        const { source, reason, value } = await json(`${url}${path}wgt_faq001`);
        assert.deepEqual([source, reason, value.from], ["paris", "internal_error", "Paris"], path);
      }
    }
    assert.deepEqual(lines.filter((line) => /unhandled/i.test(line)), []);
  });
}

function withoutWasm({ env, ...program }) {
  return { ...program, env: { ...env, NODE_OPTIONS: `--require ${join(import.meta.dirname, "no-wasm.cjs")}` } };
}

/** Starts a server on a free port, beside a stand. */
async function serve(t, name, program, path) {
  const stand = await openStand();
  t.after(() => stand.close());
  const port = await freePort();
  const { command, args, cwd, env } = program(port);
  const answers = (url) => fetch(`${url}${path}wgt_faq001`);
  const variables = { PORT: `${port}`, NODE_ENV: "production", ...stand.env, ...env };
  const server = await startServer({ name, port, command, args, cwd, env: variables, answers });
  t.after(() => server.stop());
  return { url: server.url, lines: server.lines, stand };
}

/** The same for a server that runs already. */
export async function testAddress(t, { url, control, scenarios = ["/scenario"], widgets = RESPONSES }) {
  for (const path of scenarios) {
    await t.test(`${path} decides as the table says`, async (t) => {
      await assertTables(t, await json(`${url}${path}?control=${encodeURIComponent(control)}`));
    });
  }
  for (const [path, statuses] of Object.entries(widgets)) {
    await t.test(`${path} serves from Atlas, and what Atlas does not have from Paris`, () => assertWidgets(url + path));
    await t.test(`${path} says what there is not, and that Paris is down`, async () => {
      const answers = await Promise.all(["wgt_none001", "wgt_down001"].map((publicId) => fetch(`${url}${path}${publicId}`)));
      assert.deepEqual(answers.map(({ status }) => status), statuses);
    });
  }
}

/** What an address answers: JSON, or a page that holds it in its one `<pre>`. */
async function json(address) {
  const response = await fetch(address);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  if (!response.headers.get("content-type")?.startsWith("text/html")) return JSON.parse(text);
  return JSON.parse(unescaped(/<pre>(.*?)<\/pre>/s.exec(text)?.[1] ?? ""));
}

function unescaped(html) {
  const characters = { lt: "<", gt: ">", quot: '"', "#x27": "'", amp: "&" };
  return html.replace(/&(lt|gt|quot|#x27|amp);/g, (_, name) => characters[name]);
}

/** A cold read may be too slow for its 50 ms on a busy machine; it then serves the next request. */
async function assertWidgets(address) {
  const get = (publicId) => json(address + publicId);
  const hit = await until("hit", async () => {
    const answer = await get("wgt_faq001");
    return answer.source === "atlas" && answer;
  });
  assert.equal(hit.template.name, "FAQ, second edition");
  const miss = await get("wgt_next001");
  assert.equal(miss.reason, "schema_version_mismatch");
  assert.deepEqual(miss.value, { from: "Paris", publicId: "wgt_next001", hint: "reason=schema_version_mismatch" });
}
