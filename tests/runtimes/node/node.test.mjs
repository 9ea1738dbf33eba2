// Node, with the package as ES modules and as CommonJS.
import { testServer } from "../harness/server.mjs";

for (const file of ["server.mjs", "server.cjs"]) {
  testServer(`Node, ${file}`, () => ({ command: process.execPath, args: [file], cwd: import.meta.dirname }));
}
