// app.mjs behind an HTTP server of Node's, in a process of its own. Its parent is told the port, and, when it asks, what
// memory is in use once every connection to the store is closed and the garbage is collected.
import { createServer } from "node:http";

import app from "./app.mjs";

const server = createServer(async (incoming, outgoing) => {
  const chunks = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const request = new Request(`http://127.0.0.1${incoming.url}`, { method: "POST", body: Buffer.concat(chunks) });
  const response = await app.fetch(request).catch((error) => new Response(String(error?.stack ?? error), { status: 500 }));
  outgoing.writeHead(response.status);
  outgoing.end(await response.text());
});
server.keepAliveTimeout = 1;
server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));

process.on("message", async () => {
  const isOpen = () => process.getActiveResourcesInfo().includes("TCPSocketWrap");
  const end = performance.now() + 20_000;
  while (isOpen()) {
    if (performance.now() > end) throw new Error("a connection to the store is still open after 20 s");
    await new Promise((done) => setTimeout(done, 50));
  }
  for (let i = 0; i < 4; i += 1) {
    globalThis.gc();
    await new Promise((done) => setImmediate(done));
  }
  const { heapUsed, external } = process.memoryUsage();
  process.send({ used: heapUsed + external });
});
