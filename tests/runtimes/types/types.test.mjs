// The packed package as tools for packages see it: TypeScript's two compilers, publint, and Are The Types Wrong.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import ts from "typescript";

import { pack } from "../../../scripts/lib/builds.mjs";
import { attempt } from "../../../scripts/lib/run.mjs";

const project = import.meta.dirname;
const atlas = join(project, "node_modules", "@clickeen", "atlas");

for (const compiler of ["typescript", "typescript-7"]) {
  for (const resolution of ["node16", "bundler"]) {
    test(`${compiler} accepts every use, and refuses what is wrong, under moduleResolution ${resolution}`, async () => {
      const tsc = join(project, "node_modules", compiler, "bin", "tsc");
      const { how, output } = await attempt(process.execPath, [tsc, "-p", `tsconfig.${resolution}.json`], { cwd: project });
      assert.equal(how, 0, output);
    });
  }
}

test("every name and every member of the types is used there", async () => {
  for (const [types, uses] of [["index.d.ts", "api.ts"], ["monitor.d.ts", "monitor.ts"]]) {
    const names = declared(await readFile(join(atlas, types), "utf8"));
    assert.ok(names.length > 10, `${names.length} names`);
    const text = await readFile(join(project, uses), "utf8");
    assert.deepEqual(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(text)), [], types);
  }
});

test("the types for CommonJS are the same", async () => {
  for (const name of ["index", "monitor"]) {
    const [esm, cjs] = await Promise.all(["ts", "cts"].map((end) => readFile(join(atlas, `${name}.d.${end}`), "utf8")));
    assert.equal(cjs, esm);
  }
});

test("publint finds nothing", async () => {
  const { messages, pkg } = await publint({ pkgDir: atlas, level: "suggestion", strict: true, pack: false });
  assert.deepEqual(messages.map((message) => formatMessage(message, pkg, { color: false })), []);
});

test("Are The Types Wrong finds nothing", async () => {
  const tarball = createPackageFromTarballData(await readFile(await pack()));
  const { types, problems, entrypoints } = await checkPackage(tarball);
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
