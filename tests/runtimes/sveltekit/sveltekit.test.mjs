// SvelteKit, on Node.
import { join } from "node:path";
import { before } from "node:test";

import { run } from "../../../scripts/lib/run.mjs";
import { testServer, testServerWithoutWasm } from "../harness/server.mjs";

const cwd = import.meta.dirname;

before(() => run(process.execPath, [join(cwd, "node_modules", "vite", "bin", "vite.js"), "build", "--logLevel", "warn"], { cwd }));

const program = () => ({ command: process.execPath, args: [join("build", "index.js")], cwd, env: { HOST: "127.0.0.1" } });

testServer("SvelteKit", program);
testServerWithoutWasm("SvelteKit", program);
