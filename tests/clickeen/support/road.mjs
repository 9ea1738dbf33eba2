// The road from Venice to Paris: a proxy that notes what goes along it, and that can be slow or silent. So the tests see
// what Paris was asked, and Paris itself has nothing in it for them.
import { createServer, request } from "node:http";

/**
 * @param {string} target Paris's address
 * @returns {Promise<{ url: string, log: Passed[], delay(path: RegExp, ms: number): void, close(): Promise<void> }>}
 */
export async function openRoad(target) {
  /** @type {Passed[]} What has passed, in order of its end; `ms` is Paris's own time and the delay. */
  const log = [];
  let slow = null;
  const server = createServer((incoming, outgoing) => {
    const started = performance.now();
    const { method, headers, url: path = "/" } = incoming;
    outgoing.on("close", () => {
      log.push({ requestId: headers["x-request-id"], path, status: outgoing.statusCode, ms: performance.now() - started, headers });
    });
    const pass = () => {
      const further = request(new URL(path, target), { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode, answer.headers);
        answer.pipe(outgoing);
      });
      // Paris is down: whoever waits sees what he would see without the road.
      further.on("error", () => outgoing.destroy());
      incoming.pipe(further);
    };
    if (slow?.path.test(path)) setTimeout(pass, slow.ms).unref();
    else pass();
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    log,
    /** Has paths wait; `Infinity` never goes on. */
    delay: (path, ms) => (slow = { path, ms: Math.min(ms, 2 ** 31 - 1) }),
    close: () =>
      new Promise((done) => {
        server.close(done);
        server.closeAllConnections();
      }),
  };
}

/** @typedef {{ requestId?: string, path: string, status: number, ms: number, headers: import("node:http").IncomingHttpHeaders }} Passed */
