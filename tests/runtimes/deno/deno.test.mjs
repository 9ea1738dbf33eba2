// Deno, with its binary from npm. The permissions are those that the package's README asks for.
import { join } from "node:path";
import { testServer } from "../harness/server.mjs";

const cwd = import.meta.dirname;
const args = ["run", "--no-prompt", "--allow-net", "--allow-env", "server.js"];

testServer("Deno", () => ({ command: join(cwd, "node_modules", ".bin", "deno"), args, cwd }));
