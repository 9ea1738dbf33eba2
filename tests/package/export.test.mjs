// What `atlas-sync export` writes for each kind of module is a snapshot to a reader, in TypeScript and when it runs.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { ATLAS_SYNC, MICHAEL, ROOT } from "../../scripts/lib/paths.mjs";
import { run } from "../../scripts/lib/run.mjs";
import { install, runNode } from "./installed.mjs";

const TYPED = ["ts", "mts", "cts"];
const PLAIN = ["js", "mjs", "cjs"];
/** What a file is imported as: TypeScript's by what it is compiled to. */
const importOf = (end) => `import ${end} from "./of-${end}.${end.replace("ts", "js")}";\n`;

let project;
let installed;
before(async () => {
  installed = await install();
  ({ project } = installed);
  await atlasSync("sync", "--source", `file:${MICHAEL}`);
  for (const end of [...TYPED, ...PLAIN]) await atlasSync("export", "--out", `of-${end}.${end}`);
});
after(() => installed?.remove());

function atlasSync(...args) {
  return run(ATLAS_SYNC, [...args, "--store", "file:store.json"], { cwd: project });
}

test("each module of TypeScript compiles under strict settings, and has what `snapshot` takes", async () => {
  const uses = `${TYPED.map(importOf).join("")}export const all: readonly (() => Record<string, unknown>)[] = [${TYPED}];\n`;
  await writeFile(join(project, "use.mts"), uses);
  const settings = ["--strict", "--verbatimModuleSyntax", "--target", "es2022", "--module", "node16", "--types", "node"];
  const roots = ["--typeRoots", join(ROOT, "node_modules", "@types")];
  const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  await run(process.execPath, [tsc, ...settings, ...roots, "use.mts"], { cwd: project });
});

test("each module answers while the store is down", async () => {
  const sources = await runNode(project, "embedded.mjs", `
    import { createAtlas } from "@clickeen/atlas";
    ${[...TYPED, ...PLAIN].map(importOf).join("")}
    const client = { getAll: () => Promise.reject(new Error("down")) };
    const request = { widgetType: "content.faq", templateId: "faq-classic-light", schemaVersion: "2025-09-01" };
    const sources = {};
    for (const [end, snapshot] of Object.entries({ ${[...TYPED, ...PLAIN]} })) {
      const atlas = createAtlas({ client, snapshot, revalidate: "background", log() {} });
      sources[end] = (await atlas.lookup(request, { waitUntil() {} })).source;
    }
    console.log(JSON.stringify(sources));
  `);
  assert.deepEqual(sources, Object.fromEntries([...TYPED, ...PLAIN].map((end) => [end, "atlas"])));
});
