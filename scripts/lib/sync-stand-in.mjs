// A stand-in for the npm package @clickeen/atlas-sync, with its command and its function `sync`, which run the binary of
// this repository's debug build. It is for tests/clickeen alone, and goes once that package is built here.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Writes the package to `folder`. The binary stays where it is: only its path is in the package. */
export async function standInForAtlasSync(folder, binary) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const manifest = {
    name: "@clickeen/atlas-sync",
    version: "0.1.0",
    type: "module",
    bin: { "atlas-sync": "./command.js" },
    exports: { ".": { types: "./index.d.ts", default: "./index.js" } },
  };
  const files = {
    "package.json": JSON.stringify(manifest, null, 2),
    "binary.js": `export const binary = ${JSON.stringify(binary)};\n`,
    "command.js": COMMAND,
    "index.js": API,
    "index.d.ts": TYPES,
  };
  await Promise.all(
    Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text, { mode: name === "command.js" ? 0o755 : 0o644 })),
  );
}

const COMMAND = `#!/usr/bin/env node
import { spawnSync } from "node:child_process";
import { binary } from "./binary.js";

const { status, error } = spawnSync(binary, process.argv.slice(2), { stdio: "inherit" });
if (error) console.error(error.message);
process.exitCode = status ?? 1;
`;

const API = `import { execFile } from "node:child_process";
import { binary } from "./binary.js";

/** Settings come from the environment: the stand-in takes no other options. */
export function sync({ signal } = {}) {
  return new Promise((done, fail) => {
    execFile(binary, ["sync", "--json"], { signal }, (failed, output, errors) => {
      if (!failed) return done(JSON.parse(output));
      if (failed.name === "AbortError") return fail(failed);
      const error = reported(output);
      const message = error?.message ?? errors.trim();
      fail(Object.assign(new Error(message), { code: error?.code ?? "unknown", exitCode: failed.code }));
    });
  });
}

function reported(output) {
  try {
    return JSON.parse(output).error;
  } catch {
    return undefined;
  }
}
`;

const TYPES = `export interface SyncReport {
  readonly outcome: "published" | "unchanged" | "heartbeat" | "held";
  readonly version: number;
  readonly checksum: string;
  readonly checkedAt: string;
}
/** Rejects with an error that has \`code\`, a text, and \`exitCode\`, a number or null. */
export function sync(options?: { signal?: AbortSignal }): Promise<SyncReport>;
`;
