// The installed package in a page of headless Chromium, without a bundler.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { ROOT, install } from "./installed.mjs";

const TYPES = { ".js": "text/javascript", ".json": "application/json", ".html": "text/html", ".wasm": "application/wasm" };
const FLAGS = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];

let installed;
let server;
let browser;
before(async () => {
  installed = await install();
  server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, "http://x").pathname);
    const file = path === "/whole.json" ? join(ROOT, "tests/fixtures/snapshots", path) : join(installed.project, path);
    const body = path === "/" ? page : await readFile(file).catch(() => undefined);
    response.writeHead(body ? 200 : 404, { "content-type": TYPES[extname(path)] ?? "text/html" }).end(body);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox", ...FLAGS] });
});
after(async () => {
  await browser?.close();
  server?.close();
  await installed?.remove();
});

const page = `<!doctype html><title>Atlas</title>
  <script type="importmap">{ "imports": { "@clickeen/atlas": "/node_modules/@clickeen/atlas/index.js" } }</script>`;

test("a page verifies a snapshot, and decides as Venice would", async () => {
  const tab = await browser.newPage();
  await tab.goto(`http://127.0.0.1:${server.address().port}/`);
  const result = await tab.evaluate(async () => {
    const { createAtlas, verifySnapshot } = await import("@clickeen/atlas");
    const { items, now, lookup } = await (await fetch("/whole.json")).json();
    const client = { getAll: async () => items };
    const decision = await createAtlas({ client, now: () => Date.parse(now) }).lookup(lookup);
    return { verified: verifySnapshot(items).verified, source: decision.source, name: decision.template?.name };
  });
  assert.deepEqual(result, { verified: true, source: "atlas", name: "FAQ Classic Light" });
});
