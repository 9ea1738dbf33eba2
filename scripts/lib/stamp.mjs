// Skips work whose inputs have not changed: the hash of the inputs of the last good run is kept in a small file.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

/**
 * Runs `work` unless `stamp` holds the hash of the same inputs.
 *
 * @param {{ stamp: string, inputs: string, work: () => Promise<unknown> }} job
 * @returns {Promise<string | undefined>} `unchanged` if there was nothing to do
 */
export async function unlessUnchanged({ stamp, inputs, work }) {
  if ((await readFile(stamp, "utf8").catch(() => "")) === inputs) return "unchanged";
  // Without the stamp, so that what is cut short is done again.
  await rm(stamp, { force: true });
  await work();
  await mkdir(dirname(stamp), { recursive: true });
  await writeFile(stamp, inputs);
  return undefined;
}

/** The hash of files, and of all files below folders, by their paths and contents. `skip` is told each name. */
export async function hashOf(paths, skip = () => false) {
  const hash = createHash("sha256");
  for (const path of paths) {
    for (const file of await filesBelow(path, skip)) {
      hash.update(`${relative(path, file)}\0`).update(await readFile(file)).update("\0");
    }
  }
  return hash.digest("hex");
}

/** A module, and all modules of ours that it imports, directly or not: what its work depends on. */
export async function modulesOf(path, found = new Set()) {
  if (found.has(path)) return found;
  found.add(path);
  const imports = (await readFile(path, "utf8")).matchAll(/^(?:import|export) .*from "(\.[^"]+)";$/gm);
  for (const [, from] of imports) await modulesOf(join(dirname(path), from), found);
  return found;
}

/** All files below a folder, sorted; or the file itself. */
export async function filesBelow(path, skip = () => false) {
  const entries = await readdir(path, { withFileTypes: true }).catch((error) => {
    if (error.code === "ENOTDIR") return null;
    throw error;
  });
  if (entries === null) return [path];
  const below = entries
    .filter((entry) => !skip(entry.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((entry) => (entry.isDirectory() ? filesBelow(join(path, entry.name), skip) : [join(path, entry.name)]));
  return (await Promise.all(below)).flat();
}
