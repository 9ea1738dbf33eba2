// Next.js 16, built by Turbopack and by webpack. One app has what runs on its edge runtime: middleware, a route, a page;
// the other what runs on Node: `proxy.ts`, a route, a server component. (An app has either a middleware or a proxy.)
import { join } from "node:path";
import { testServer } from "../harness/server.mjs";

const project = import.meta.dirname;
const next = join(project, "node_modules", "next", "dist", "bin", "next");

const places = { scenarios: ["/e/scenario", "/route/scenario", "/page/scenario"], widgets: ["/e/", "/route/", "/page/"] };

for (const bundler of ["turbopack", "webpack"]) {
  for (const app of ["edge", "proxy"]) {
    const program = (port) => ({
      command: process.execPath,
      args: [next, "start", "-H", "127.0.0.1", "-p", `${port}`],
      cwd: join(project, app),
      env: { NEXT_DIST: `.next/${bundler}` },
    });
    testServer(`Next.js, ${app}, ${bundler}`, program, places);
  }
}
