// Node, with the package as ES modules and as CommonJS.
import { testForbidden } from "../harness/forbidden.mjs";
import { testServer } from "../harness/server.mjs";

const cwd = import.meta.dirname;

for (const type of ["mjs", "cjs"]) {
  testServer(`Node, server.${type}`, () => ({ command: process.execPath, args: [`server.${type}`], cwd }));
  testForbidden(`Node, ${type}`, { command: process.execPath, args: ["--jitless", `forbidden.${type}`], cwd });
}
