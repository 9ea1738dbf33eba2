// Ports on 127.0.0.1: whether one is free, and one that is.
import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** Whether nothing listens on the port. */
export function isFree(port) {
  return new Promise((done) => {
    const server = createServer();
    server.once("error", () => done(false));
    server.listen(port, "127.0.0.1", () => server.close(() => done(true)));
  });
}

/** Below the ports that systems give to whoever names none, and to connections: nobody takes one of these by chance. */
const [LEAST, MOST] = [20_000, 32_000];

/** Those that were given in this process, where nothing may listen yet. */
const given = new Set();

/** A port that nothing listens on now. */
export async function freePort() {
  for (;;) {
    const port = randomInt(LEAST, MOST);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}
