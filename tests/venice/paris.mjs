// The small Paris: serves widget instances, and, slowly, all that Atlas would have given for them. It notes every
// request in a bounded log, so that a test can see which headers came and how long Paris itself took.
//
//   node paris.mjs [--rows DIR] [--port N]      or PARIS_ROWS, PARIS_PORT; PARIS_DELAY_MS for the slowness
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { findInstance, openRows } from "./paris-data.mjs";

const LOG_LENGTH = 1_000;

const { values } = parseArgs({ options: { rows: { type: "string" }, port: { type: "string" } } });
const port = wholeNumber("port", values.port ?? process.env.PARIS_PORT ?? "4620");
const delayMs = wholeNumber("PARIS_DELAY_MS", process.env.PARIS_DELAY_MS ?? "150");
const directory =
  values.rows ?? process.env.PARIS_ROWS ?? fileURLToPath(new URL("../../src/dev/michael", import.meta.url));

const rows = openRows(directory);
/** The last requests, oldest first: { requestId, method, path, status, ms, headers }. */
const log = [];

const ROUTES = [
  { pattern: /^\/api\/healthz$/, answer: () => ({ sha: "local", env: "development", up: true, deps: {} }) },
  { pattern: /^\/api\/instances\/([\w-]+)$/, answer: (publicId) => findInstance(publicId) },
  { pattern: /^\/api\/widgets\/([\w-]+)$/, answer: slowly((publicId) => rows.findWidget(publicId)) },
];

const server = createServer(async (request, response) => {
  const started = performance.now();
  const path = new URL(request.url ?? "/", "http://paris").pathname;
  if (path === "/_log") return send(response, 200, log);
  response.on("close", () => {
    const { method, headers } = request;
    const ms = Number((performance.now() - started).toFixed(2));
    log.push({ requestId: headers["x-request-id"] ?? null, method, path, status: response.statusCode, ms, headers });
    if (log.length > LOG_LENGTH) log.shift();
  });
  try {
    if (request.method !== "GET") return send(response, 405, { error: { code: "method_not_allowed" } });
    const found = await route(path);
    if (found === undefined) return send(response, 404, { error: { code: "not_found" } });
    send(response, 200, found);
  } catch (error) {
    console.error(`paris: ${path}: ${error instanceof Error ? error.message : error}`);
    send(response, 500, { error: { code: "internal_error" } });
  }
});

server.on("error", (error) => {
  console.error(`paris: cannot listen on 127.0.0.1:${port}: ${error.message}`);
  process.exitCode = 1;
});
server.listen(port, "127.0.0.1", () => {
  const address = server.address();
  console.log(`Paris is on http://127.0.0.1:${typeof address === "object" && address ? address.port : port}`);
});
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(0));

async function route(path) {
  for (const { pattern, answer } of ROUTES) {
    const match = pattern.exec(path);
    if (match) return answer(match[1]);
  }
  return undefined;
}

function slowly(answer) {
  return async (publicId) => {
    await new Promise((done) => setTimeout(done, delayMs));
    return answer(publicId);
  };
}

function send(response, status, body) {
  const text = JSON.stringify(body);
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
}

function wholeNumber(name, text) {
  if (!/^\d{1,5}$/.test(text)) {
    console.error(`paris: ${name}: expected a whole number, found ${JSON.stringify(text)}`);
    process.exit(2);
  }
  return Number(text);
}
