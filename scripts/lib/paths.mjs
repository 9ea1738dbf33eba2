// Where things are in this repository, and the environment that its tools are run with.
// The tools that setup installs live under target/tools, which is never committed.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const TOOLS = join(ROOT, "target", "tools");
export const PACKAGE = join(ROOT, "pkg");
/** The workspace of Clickeen: Paris, Venice, and Venice on the edge runtime. */
export const CLICKEEN = join(ROOT, "tests", "clickeen");
export const INSPECTOR = join(ROOT, "www");
export const SUPABASE = join(ROOT, "tests", "supabase");
export const BINARIES = join(ROOT, "tests", "binaries");
export const MANAGEMENT = join(ROOT, "tests", "sdk", "management");
export const MICHAEL = join(ROOT, "src", "dev", "michael");
/** What a run leaves behind that is neither source nor build: the local store, the packed package, stamps. */
export const STATE = join(ROOT, ".atlas");
export const ATLAS_SYNC = join(ROOT, "target", "debug", "atlas-sync");

/**
 * The environment, with the tools of this repository first on the path; without what tells PostgreSQL's programs of another
 * server (PGSSLMODE, PGOPTIONS and the like).
 */
export function environment(more = {}) {
  const path = [join(TOOLS, "bin"), join(ROOT, "node_modules", ".bin"), process.env.PATH ?? "", join(homedir(), ".cargo", "bin")];
  const ofOthers = Object.entries(process.env).filter(([name]) => !/^PG[A-Z]/.test(name));
  return { ...Object.fromEntries(ofOthers), PATH: path.join(delimiter), NEXT_TELEMETRY_DISABLED: "1", ...more };
}

/** The full path of a program on the path, or `undefined`. */
export function which(program) {
  const folders = environment().PATH.split(delimiter);
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}
