// Finds paths that lead out of the project: a clone with nothing beside it must build, run and test.
import { posix } from "node:path";

/** What is made in a clone and not committed. */
const GENERATED = new Set(["pkg", "target", "node_modules", "dist"]);

/** `../`, once or more, and the names that follow. Not where it continues another path or name: that is data. */
const CLIMB = /(?<![\w/.*-])((?:\.\.\/)+)([\w@.$[\]-]+(?:\/[\w@.$[\]-]+)*)?/g;

/** A line whose paths start at the root, whatever folder the file is in. */
const FROM_ROOT = /CARGO_MANIFEST_DIR|\b(?:ROOT|root)\b|\brepository\(/;

/** The root, and a name that leaves it, as arguments of a join. */
const ROOT_AND_UP = /\b(?:ROOT|CARGO_MANIFEST_DIR"?\)?)\s*,\s*"\.\."/;

/** A folder of one machine. */
const MACHINE = /(?<![\w.:/-])\/(?:work|root|home|Users)\/\w[\w./-]*/g;

/**
 * The paths in a file that lead out of the project.
 *
 * @param {string} file its path from the root, with slashes
 * @param {string} text
 * @param {(path: string) => boolean} exists whether the project holds this path, from the root
 * @returns {{ line: number, path: string }[]}
 */
export function pathsOutside(file, text, exists) {
  return text.split("\n").flatMap((line, at) => outsideOf(file, line, exists).map((path) => ({ line: at + 1, path })));
}

function outsideOf(file, line, exists) {
  const climbs = [...line.matchAll(CLIMB)].filter(([, up, names]) => leaves(file, line, up, names, exists));
  const named = [...climbs, ...line.matchAll(MACHINE)].map(([path]) => path);
  return ROOT_AND_UP.test(line) ? [...named, 'the root and ".."'] : named;
}

function leaves(file, line, up, names, exists) {
  const folder = posix.normalize(posix.join(posix.dirname(file), up));
  if (folder.startsWith("..")) return true;
  // The project's own root, spelled as a URL of a module: `new URL("../..", import.meta.url)`.
  if (names === undefined) return false;
  const [first, ...more] = names.split("/");
  const leadsSomewhere = GENERATED.has(first) || exists(posix.join(folder, first));
  if (leadsSomewhere) return false;
  // One name alone may be any text; one with more behind it, or one that starts at the root, is a path.
  return more.length > 0 || FROM_ROOT.test(line);
}
