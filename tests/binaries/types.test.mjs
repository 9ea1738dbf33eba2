// The packed package as tools for packages see it: TypeScript's compiler, publint, and Are The Types Wrong.
import assert from "node:assert/strict";
import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import ts from "typescript";

import { attempt } from "../../scripts/lib/run.mjs";
import { install } from "./place.mjs";
import { tarballs } from "./registry.mjs";

const here = import.meta.dirname;
let place;
let folder;
before(async () => {
  place = await install();
  folder = join(place.project, "node_modules", "@clickeen", "atlas-sync");
  await cp(join(here, "types"), place.project, { recursive: true });
});
after(() => place?.end());

for (const resolution of ["node16", "bundler"]) {
  test(`tsc accepts every use, and refuses what is wrong, under moduleResolution ${resolution}`, async () => {
    const tsc = join(here, "node_modules", "typescript", "bin", "tsc");
    const { how, output } = await attempt(process.execPath, [tsc, "-p", `tsconfig.${resolution}.json`], { cwd: place.project });
    assert.equal(how, 0, output);
  });
}

test("every name and every member of the types is used there", async () => {
  const names = declared(await readFile(join(folder, "index.d.ts"), "utf8"));
  assert.ok(names.length > 60, `${names.length} names`);
  const text = await readFile(join(here, "types", "api.ts"), "utf8");
  assert.deepEqual(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(text)), []);
});

test("the types for CommonJS are the same", async () => {
  const [esm, cjs] = await Promise.all(["ts", "cts"].map((end) => readFile(join(folder, `index.d.${end}`), "utf8")));
  assert.equal(cjs, esm);
});

test("publint finds nothing, in no package", async () => {
  for (const { manifest } of await tarballs()) {
    const pkgDir = join(folder, "..", manifest.name.split("/")[1]);
    if (manifest.cpu && manifest.cpu[0] !== process.arch) continue;
    const { messages, pkg } = await publint({ pkgDir, level: "suggestion", strict: true, pack: false });
    assert.deepEqual(messages.map((message) => formatMessage(message, pkg, { color: false })), [], manifest.name);
  }
});

test("Are The Types Wrong finds nothing", async () => {
  const main = (await tarballs()).find(({ manifest }) => manifest.name === "@clickeen/atlas-sync");
  const { types, problems, entrypoints } = await checkPackage(createPackageFromTarballData(main.bytes));
  assert.equal(types && types.kind, "included");
  assert.ok(Object.keys(entrypoints).includes("."));
  // As its profile `node16`: the resolution of Node 10 knows no `exports`.
  assert.deepEqual(problems.filter(({ resolutionKind }) => resolutionKind !== "node10"), []);
});

/** The names that a declaration file exports, and those of all members of its types. */
function declared(text) {
  const names = new Set();
  const visit = (node) => {
    const named = ts.isPropertySignature(node) || ts.isMethodSignature(node) || ts.isPropertyDeclaration(node) || isExported(node);
    if (named && node.name && ts.isIdentifier(node.name)) names.add(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("index.d.ts", text, ts.ScriptTarget.Latest, true));
  return [...names];
}

function isExported(node) {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
}
