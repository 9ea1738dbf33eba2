// Says what the page weighs, file by file, and fails the build when the whole is too heavy.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** @param {{ mostBytes: number }} options the most that all files may weigh together, in bytes of gzip */
export function budget({ mostBytes }) {
  return {
    name: "atlas:budget",
    apply: "build",
    writeBundle({ dir }, bundle) {
      const files = [...Object.keys(bundle), "icon.svg"];
      const weights = files.map((file) => [file, gzipSync(readFileSync(join(dir, file)), { level: 9 }).length]);
      weights.sort(([, a], [, b]) => b - a);
      const total = weights.reduce((sum, [, bytes]) => sum + bytes, 0);
      for (const [file, bytes] of [...weights, ["in all", total]]) console.log(`${file.padEnd(40)} ${String(bytes).padStart(8)} gzip`);
      if (total > mostBytes) this.error(`the page weighs ${total} bytes of gzip, over its budget of ${mostBytes}`);
    },
  };
}
