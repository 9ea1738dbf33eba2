// Runs the measurements in Node, each in a fresh process.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

import { bundle } from "./contestants.mjs";

const run = promisify(execFile);

/** What Node measures, given files with the things to measure with. */
export async function node() {
  const program = join(await bundle("node"), "program.mjs");
  const measure = async (...args) => {
    const { stdout } = await run(process.execPath, ["--expose-gc", program, ...args], { maxBuffer: 64 << 20 });
    return JSON.parse(stdout.trimEnd().split("\n").at(-1));
  };
  return {
    race: (measurement, { file }) => measure(measurement, file),
    cold: async (contestant, { file }) => (await measure("cold", file, contestant)).ms,
    memory: (contestant, { file }) => measure("memory", file, contestant),
    later: (contestant, { file }) => measure("later", file, contestant),
  };
}
