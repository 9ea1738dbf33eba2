// Chromium: a page without a bundler, and one by Vite, from its dev server and from its build.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { build, createServer as createViteServer } from "vite";

import { freePort } from "../../../scripts/lib/ports.mjs";
import { FORBIDDEN } from "../expected.mjs";
import { openStand } from "../harness/stand.mjs";
import { assertTables } from "../harness/table.mjs";

const project = import.meta.dirname;
const above = join(project, "..");
const dist = join(project, "dist");

const TYPES = { ".js": "text/javascript", ".mjs": "text/javascript", ".html": "text/html" };

/** The page talks to the stores itself, so that a store that hangs or is gone is met by the browser; they send no CORS
 * headers, as Edge Config sends none. */
const FLAGS = [
  "--no-sandbox", "--disable-web-security",
  "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
];

const FAQ = { widgetType: "content.faq", templateId: "faq-classic-light", schemaVersion: "2025-09-01", plan: "paid" };

let browser;
let stand;
before(async () => {
  stand = await openStand();
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
});
after(async () => {
  await browser?.close();
  await stand?.close();
});

test("Chromium, no bundler", async (t) => {
  await assertPage(t, `${await serve(t, above)}/browser/plain.html`);
});

test("Chromium, Vite's dev server", async (t) => {
  const server = { host: "127.0.0.1", port: await freePort(), strictPort: true };
  const vite = await createViteServer({ root: project, server, logLevel: "warn" });
  t.after(() => vite.close());
  await vite.listen();
  await assertPage(t, `http://127.0.0.1:${server.port}/`);
});

test("Chromium, Vite's build", async (t) => {
  await build({ root: project, build: { outDir: dist, emptyOutDir: true }, logLevel: "warn" });
  await assertPage(t, `${await serve(t, dist)}/index.html`);
});

test("Chromium, a policy that allows no Wasm: every lookup is internal_error", async (t) => {
  const policy = { "content-security-policy": "script-src 'self' 'unsafe-inline'" };
  const page = await browser.newPage();
  t.after(() => page.close());
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  await page.goto(`${await serve(t, above, policy)}/browser/forbidden.html`);
  const played = await page.waitForFunction(() => globalThis.played, null, { timeout: 60_000 });
  assert.deepEqual(JSON.parse(await played.jsonValue()), FORBIDDEN);
  assert.deepEqual(errors, []);
});

async function assertPage(t, address) {
  const page = await browser.newPage();
  t.after(() => page.close());
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  await page.goto(address);
  await page.waitForFunction(() => globalThis.played, null, { timeout: 60_000 }).catch((error) => {
    throw new Error([error.message, ...errors].join("\n"));
  });
  await t.test("decides as the table says", async (t) => {
    await assertTables(t, await page.evaluate((control) => globalThis.played(control), stand.control));
  });
  await t.test("inspects a snapshot", async () => {
    const inspect = ([connection, request]) => globalThis.inspected(connection, request);
    const { verdict, decision } = await page.evaluate(inspect, [stand.env.ATLAS_EDGE_CONFIG, FAQ]);
    assert.deepEqual([verdict.verified, verdict.version], [true, 2]);
    assert.deepEqual([decision.source, decision.template?.name], ["atlas", "FAQ, second edition"]);
  });
  assert.deepEqual(errors, []);
}

/** Serves the files of a folder, and gives the address. */
async function serve(t, folder, headers = {}) {
  const server = createHttpServer(async (request, response) => {
    const path = normalize(new URL(request.url, "http://page").pathname);
    const body = await readFile(join(folder, path)).catch(() => undefined);
    const type = TYPES[extname(path)] ?? "application/octet-stream";
    response.writeHead(body ? 200 : 404, { ...headers, "content-type": type }).end(body);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  t.after(() => server.close());
  return `http://127.0.0.1:${server.address().port}`;
}
