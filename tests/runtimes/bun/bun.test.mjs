// Bun, with its binary from npm.
import { join } from "node:path";
import { testServer } from "../harness/server.mjs";

const cwd = import.meta.dirname;

testServer("Bun", () => ({ command: join(cwd, "node_modules", ".bin", "bun"), args: ["server.js"], cwd }));
