// Servers that say nothing, or know nothing.
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";

/** A server that accepts, and never says a word. `asked` resolves when somebody has said something to it. */
export async function silentServer() {
  const sockets = [];
  let told;
  const asked = new Promise((done) => (told = done));
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {}).once("data", told);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const close = () => {
    for (const socket of sockets) socket.destroy();
    return new Promise((done) => server.close(done));
  };
  return { port: server.address().port, asked, close };
}

/** A registry that holds no package. */
export async function emptyRegistry() {
  const server = createHttpServer((_, response) => response.writeHead(404).end("{}"));
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const close = () => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  };
  return { url: `http://127.0.0.1:${server.address().port}`, close };
}
