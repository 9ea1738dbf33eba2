// Bun, with its binary from npm.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { testForbidden } from "../harness/forbidden.mjs";
import { testServer } from "../harness/server.mjs";

const cwd = import.meta.dirname;

testServer("Bun", () => ({ command: binary(), args: ["server.js"], cwd }));
testForbidden("Bun", { command: binary(), args: ["forbidden.js"], cwd, env: { BUN_JSC_useWasm: "0" } });

/** The binary for this machine, where npm put it: `.bin/bun` is only there once a script of the package has run. */
function binary() {
  const platforms = join(cwd, "node_modules", "@oven");
  return join(platforms, readdirSync(platforms)[0], "bin", "bun");
}
