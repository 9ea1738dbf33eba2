// SvelteKit, on Node.
import { join } from "node:path";
import { before } from "node:test";

import { run } from "../../../scripts/lib/run.mjs";
import { testServer } from "../harness/server.mjs";

const cwd = import.meta.dirname;

before(() => run(process.execPath, [join(cwd, "node_modules", "vite", "bin", "vite.js"), "build", "--logLevel", "warn"], { cwd }));

testServer("SvelteKit", () => ({ command: process.execPath, args: [join("build", "index.js")], cwd, env: { HOST: "127.0.0.1" } }));
