// The store's own time: what a client waits for the store to answer the very requests that a run makes. A proxy notes
// them once, headers and bodies; then a bare client makes them again, one after another on one connection, and throws
// the answers away.
import { Agent, createServer, request } from "node:http";

/** A proxy in front of a store: its address, what came through it since `requests` was last emptied, and its end. */
export async function startRecorder(base) {
  const requests = [];
  const server = createServer(async (incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    const body = await bytesOf(incoming);
    requests.push({ method, path, headers, body });
    const answer = await send(base, { method, path, headers, body });
    outgoing.writeHead(answer.status, answer.headers).end(answer.body);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { base: `http://127.0.0.1:${server.address().port}`, requests, stop };
}

/** Makes the requests again, on a connection of its own; the milliseconds from the first byte sent to the last received. */
export async function replay(base, requests) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const began = performance.now();
  for (const one of requests) {
    const { status } = await send(base, one, agent);
    if (status !== 200) throw new Error(`${one.method} ${one.path}: ${status}`);
  }
  const ms = performance.now() - began;
  agent.destroy();
  return ms;
}

function send(base, { method, path, headers, body }, agent) {
  return new Promise((resolve, reject) => {
    const { host, ...rest } = headers;
    const outgoing = request(new URL(path, base), { method, headers: rest, agent }, async (answer) => {
      resolve({ status: answer.statusCode, headers: answer.headers, body: await bytesOf(answer) });
    });
    outgoing.once("error", reject).end(body);
  });
}

async function bytesOf(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
