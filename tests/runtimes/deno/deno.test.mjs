// Deno, with its binary from npm. The permissions are those that the package's README asks for.
import { join } from "node:path";
import { testForbidden } from "../harness/forbidden.mjs";
import { testServer } from "../harness/server.mjs";

const cwd = import.meta.dirname;
const command = join(cwd, "node_modules", ".bin", "deno");
const permissions = ["run", "--no-prompt", "--allow-net", "--allow-env"];

testServer("Deno", () => ({ command, args: [...permissions, "server.js"], cwd }));
testForbidden("Deno", { command, args: [...permissions, "--v8-flags=--jitless", "forbidden.js"], cwd });
