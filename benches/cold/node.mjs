// Cold starts in Node, a fresh process each.
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { PACKAGE } from "../../scripts/lib/paths.mjs";
import { bundle } from "./bundles.mjs";

const run = promisify(execFile);

/** Starts a contestant: its milliseconds by what was measured. */
export async function node() {
  const out = await bundle("node");
  const file = join(out, "given.json");
  return async (contestant, given) => {
    await writeFile(file, JSON.stringify({ ...given, atlas: join(PACKAGE, "index.node.js") }));
    const { stdout } = await run(process.execPath, [join(out, "program.mjs"), contestant, file], { maxBuffer: 64 << 20 });
    return JSON.parse(stdout.trimEnd().split("\n").at(-1));
  };
}
