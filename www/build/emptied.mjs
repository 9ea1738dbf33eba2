// Empties the folder of the build before it, but for `.gitignore`: the binary is compiled with the folder, so it has to be
// there whether the page is built or not.
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** @param {string} folder */
export function emptied(folder) {
  return {
    name: "atlas:emptied",
    apply: "build",
    async buildStart() {
      const old = (await readdir(folder)).filter((name) => name !== ".gitignore");
      await Promise.all(old.map((name) => rm(join(folder, name), { recursive: true })));
    },
  };
}
