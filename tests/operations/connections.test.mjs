// The job under connections that say nothing, and its end whatever is open.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, test } from "node:test";

import { place, serve } from "./support.mjs";

let here;
before(async () => (here = await place()));
after(() => here.end());

/** Opens a connection and writes what is given, which may be nothing. */
async function open(url, text = "") {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  await once(socket, "connect");
  if (text !== "") socket.write(text);
  socket.resume();
  return socket;
}

async function openMany(url, count, text) {
  const sockets = [];
  for (let i = 0; i < count; i += 1) sockets.push(await open(url, text));
  return sockets;
}

test("1,100 silent connections keep nobody out", async () => {
  const job = await serve({ api: here.api });
  await job.ready();
  const silent = await openMany(job.url, 1_100);
  for (const path of ["/livez", "/readyz", "/healthz", "/metrics"]) {
    const began = performance.now();
    assert.equal((await job.ask("GET", path)).status, 200, path);
    assert.ok(performance.now() - began < 2_000, `${path} took ${performance.now() - began} ms`);
  }
  assert.equal((await job.ask("GET", "/healthz")).body.status, "ok");
  assert.equal((await job.ask("PUT", "/edge-config")).status, 200);
  for (const socket of silent) socket.destroy();
  assert.equal(await job.stop(), 0);
});

test("a request whose head does not end is cut off", async () => {
  const job = await serve({ api: here.api });
  const began = performance.now();
  const slow = await open(job.url, "GET /livez HTTP/1.1\r\nhost: atlas\r\n");
  await once(slow, "close");
  const seconds = (performance.now() - began) / 1000;
  assert.ok(seconds > 5 && seconds < 20, `after ${seconds} s`);
  assert.equal(await job.stop(), 0);
});

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) {
  test(`by ${signal} the job ends within 20 s, whatever is open`, async () => {
    const job = await serve({ api: here.api });
    await job.ready();
    await openMany(job.url, 20);
    await openMany(job.url, 20, "GET /livez HTTP/1.1\r\nhost: atlas\r\n");
    await openMany(job.url, 20, `PUT /edge-config HTTP/1.1\r\nhost: atlas\r\ncontent-length: 9000\r\n\r\n{`);
    const began = performance.now();
    job.signal(signal);
    assert.equal(await job.ended, 0);
    assert.ok(performance.now() - began < 20_000, `it took ${performance.now() - began} ms`);
  });
}

test("the job ends within 20 s while the store does not answer", async () => {
  const job = await serve({ api: here.api });
  await job.ready();
  here.api.fails = true;
  const asked = job.ask("PUT", "/edge-config").catch((error) => error);
  const began = performance.now();
  job.signal("SIGTERM");
  assert.equal(await job.ended, 0);
  assert.ok(performance.now() - began < 20_000, `it took ${performance.now() - began} ms`);
  await asked;
  here.api.fails = false;
});
