// Cold starts in the sandbox of Vercel's Edge runtime, @edge-runtime/vm, a fresh process each.
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { bundle } from "./bundles.mjs";

const run = promisify(execFile);
const PROGRAM = join(import.meta.dirname, "edge-vm-program.mjs");

/** Starts a contestant: its milliseconds by what was measured. */
export async function edgeVm() {
  const out = await bundle("edge-light");
  const file = join(out, "given.json");
  return async (contestant, given) => {
    await writeFile(file, JSON.stringify(given));
    const { stdout } = await run(process.execPath, [PROGRAM, out, contestant], { maxBuffer: 64 << 20 });
    return JSON.parse(stdout.trimEnd().split("\n").at(-1));
  };
}
