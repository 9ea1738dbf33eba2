// Refuses paths that lead out of the project, in every file that is committed or would be.
//
//   node scripts/lint-paths.mjs
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { pathsOutside } from "./lib/outside.mjs";
import { ROOT } from "./lib/paths.mjs";

const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: ROOT, encoding: "utf8" });
/** Its paths start at the package that they are for, not at the file. */
const LOCK = /(^|\/)pnpm-lock\.yaml$/;
const files = listed.split("\0").filter((file) => file !== "" && !LOCK.test(file) && existsSync(join(ROOT, file)));
if (files.length === 0) throw new Error(`lint-paths: git lists no file in ${ROOT}`);

/** What the project holds, or makes for itself: a folder that git is told to pass over. */
const holds = (path) =>
  existsSync(join(ROOT, path)) || spawnSync("git", ["check-ignore", "--quiet", `${path}/`], { cwd: ROOT }).status === 0;

const found = files.flatMap((file) => {
  const bytes = readFileSync(join(ROOT, file));
  // A file with a zero byte is no text.
  if (bytes.includes(0)) return [];
  const outside = pathsOutside(file, bytes.toString("utf8"), holds);
  return outside.map(({ line, path }) => `${file}:${line}: expected a path inside the project, found ${path}`);
});
for (const line of found) console.error(line);
if (found.length > 0) process.exitCode = 1;
else console.log(`lint-paths: ${files.length} files, no path leads out of the project`);
