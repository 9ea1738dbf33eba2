// How the binary serves the page: with its policy, its own files and nothing else.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";

import { ROOT, Stage, launch, open, untilVerdict } from "./stage.mjs";

const DIST = join(ROOT, "www", "dist");
const MOST_GZIP_BYTES = 150_000;

let stage, browser;
before(async () => {
  stage = await Stage.start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await stage?.end();
});

const get = (path) => fetch(stage.url + path, { redirect: "manual" });

test("the page and its files come with the policy that index.html states", async () => {
  const page = await readFile(join(DIST, "index.html"), "utf8");
  const stated = /Content-Security-Policy"\s+content="([^"]+)"/.exec(page)?.[1];
  assert.match(stated, /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self';/);
  for (const path of ["/inspector", "/inspector/", "/inspector/index.html", ...[...page.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, path]) => path)]) {
    const response = await get(path);
    assert.equal(response.status, 200, path);
    assert.equal(response.headers.get("content-security-policy"), `${stated}; frame-ancestors 'none'`, path);
    assert.equal(response.headers.get("x-content-type-options"), "nosniff");
    assert.equal(response.headers.get("referrer-policy"), "no-referrer");
    const isAsset = path.includes("/assets/");
    assert.match(response.headers.get("cache-control"), isAsset ? /immutable/ : /no-cache/, path);
    assert.ok((await response.text()).length > 0);
  }
});

test("no file but the page's own is served, and the store's routes are as they were", async () => {
  for (const path of [".gitignore", "..%2f..%2fCargo.toml", "%2e%2e/package.json", "assets/none.js", "src/main.ts", "assets"]) {
    assert.equal((await get(`/inspector/${path}`)).status, 404, path);
  }
  assert.equal((await fetch(`${stage.url}/inspector`, { method: "POST" })).status, 405);
  assert.equal((await get("/ecfg_local/items?token=local")).status, 200);
  assert.ok((await (await get("/")).text()).includes(`${stage.url}/inspector`));
});

test("the first load weighs at most 150 KB with the Wasm", async (t) => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const bodies = [];
  page.on("response", (response) => response.url().includes("/inspector") && bodies.push(response.body().then((body) => [new URL(response.url()).pathname, body])));
  await page.goto(`${stage.url}/inspector`);
  await untilVerdict(page, "Venice serves version 1");
  const weights = (await Promise.all(bodies)).map(([path, body]) => [path, gzipSync(body, { level: 9 }).length]);
  const total = weights.reduce((sum, [, bytes]) => sum + bytes, 0);
  t.diagnostic(`first load: ${total} bytes of gzip: ${weights.map(([path, bytes]) => `${path} ${bytes}`).join(", ")}`);
  assert.ok(weights.some(([path]) => path.endsWith(".wasm")), "no Wasm was loaded");
  assert.ok(total <= MOST_GZIP_BYTES, `${total} bytes`);
  await context.close();
});

test("the policy holds in the page: no inline script, no other origin", async () => {
  const page = await open(browser, stage);
  await untilVerdict(page, "Venice serves version 1");
  const tried = await page.evaluate(async () => {
    const script = document.createElement("script");
    script.textContent = "window.ran = true";
    document.body.append(script);
    const image = new Image();
    const blocked = new Promise((done) => (image.onerror = () => done("blocked"), (image.onload = () => done("loaded"))));
    image.src = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=";
    const fetched = await fetch("http://127.0.0.1:1/").then(() => "fetched", () => "blocked");
    return { ran: window.ran, image: await blocked, fetched };
  });
  assert.deepEqual(tried, { ran: undefined, image: "blocked", fetched: "blocked" });
  assert.ok(page.problems.length >= 3, page.problems.join("\n"));
  await page.context().close();
});

test("nothing of this machine is in the page", async () => {
  for (const name of await readdir(DIST, { recursive: true })) {
    if (!/\.(js|css|html|wasm)$/.test(name)) continue;
    const text = await readFile(join(DIST, name), "latin1");
    assert.ok(!text.includes(ROOT.replace(/\/$/, "")), name);
  }
});
