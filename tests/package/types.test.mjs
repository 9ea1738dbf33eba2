// The package's JavaScript is what its types say: TypeScript checks all of it, and goes red when a function breaks its type.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import ts from "typescript";

import { PACKAGE, ROOT } from "../../scripts/lib/paths.mjs";

const TEMPLATE = join(ROOT, "pkg-template");
const PACKAGE_PROJECT = join(TEMPLATE, "tsconfig.json");
const DOCTOR_PROJECT = join(TEMPLATE, "lib", "doctor", "tsconfig.json");

/** The last program of each project, whose files the next one takes over: only what has changed is read again. */
const programs = new Map();

/** What the compiler finds in a project as `tsc -p` does, with one file of another text. */
function check(project, changed = {}) {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: ({ messageText }) => assert.fail(`${messageText}`) };
  const { options, fileNames, errors } = ts.getParsedCommandLineOfConfigFile(project, {}, host);
  assert.deepEqual(errors, []);
  const compiler = ts.createCompilerHost(options);
  const { getSourceFile } = compiler;
  compiler.getSourceFile = (path, how, ...rest) =>
    path === changed.path ? ts.createSourceFile(path, changed.text, how, true) : getSourceFile(path, how, ...rest);
  const program = ts.createProgram({ rootNames: fileNames, options, host: compiler, oldProgram: programs.get(project) });
  if (changed.path === undefined) programs.set(project, program);
  const found = ts.getPreEmitDiagnostics(program);
  return ts.formatDiagnostics(found, { getCanonicalFileName: (path) => path, getCurrentDirectory: () => TEMPLATE, getNewLine: () => "\n" });
}

for (const project of [PACKAGE_PROJECT, DOCTOR_PROJECT]) {
  test(`the compiler finds nothing in ${project.slice(ROOT.length)}`, () => assert.equal(check(project), ""));
}

/** A change that breaks a type, and what the compiler says of it. */
const BROKEN = [
  ["a result", "lib/clock.js", "return Math.max(0, monotonic() - since);", "return `${monotonic() - since}`;", /lib\/(log|clock|answers)\.js/],
  ["a method of the API", "lib/atlas.js", "return this.#answers.counters.take();", "return this.#answers.counters;", /takeStats/],
  ["an option's declaration", "index.d.ts", "now?: (() => number)", "clock?: (() => number)", /lib\/options\.js/],
  ["a reason", "lib/steps.js", '(lookup, "internal_error")', '(lookup, "internal")', /"internal"/],
  ["a result of the Wasm", "lib/glue.d.ts", "peek(asked: Asked, now: number): Makes<Hit | Miss | undefined>;", "peek(asked: Asked, now: number): number;", /lib\/driver\.js/],
  ["the monitor", "monitor.js", "?? { stats: null, hint: null, refused: [] }", "?? { stats: null, hint: null }", /refused/],
  ["the doctor", "lib/doctor/store.js", "return { answered: true, found", "return { found", /answered/],
];

for (const [name, file, from, to, says] of BROKEN) {
  test(`the compiler goes red when ${name} breaks its type`, async () => {
    const path = join(TEMPLATE, file);
    const text = await readFile(path, "utf8");
    assert.ok(text.includes(from), `${file} holds ${from}`);
    const project = file.includes("doctor") ? DOCTOR_PROJECT : PACKAGE_PROJECT;
    assert.match(check(project, { path, text: text.replace(from, to) }), says);
  });
}

test("the declared glue is the glue that is built: each name, with as many parameters", async () => {
  for (const [declaration, glue] of [["glue.d.ts", "glue.js"], ["glue.monitor.d.ts", "glue.monitor.js"]]) {
    const expected = declared(await readFile(join(TEMPLATE, "lib", declaration), "utf8"));
    const module = await import(pathToFileURL(join(PACKAGE, "lib", glue)));
    assert.ok(Object.keys(expected).length > 2, declaration);
    for (const [name, parameters] of Object.entries(expected)) {
      const [owner, method] = name.split(".");
      const found = method === undefined ? module[owner] : module[owner].prototype[method];
      assert.equal(found?.length, parameters, `${glue}: ${name}`);
    }
    const methods = Object.entries(module).flatMap(([name, value]) =>
      name in expected && /^class\b/.test(`${value}`) ? Object.getOwnPropertyNames(value.prototype).map((method) => `${name}.${method}`) : []);
    const unknown = methods.filter((name) => !(name in expected) && !name.endsWith(".constructor"));
    assert.deepEqual(unknown, [], `${declaration} lacks them`);
  }
});

/** The functions, classes and methods of a declaration file, each with the number of its parameters. */
function declared(text) {
  const found = {};
  const visit = (node, owner) => {
    if (ts.isClassDeclaration(node)) node.members.forEach((member) => visit(member, node.name.text));
    else if (ts.isFunctionDeclaration(node)) found[node.name.text] = node.parameters.length;
    else if (ts.isConstructorDeclaration(node)) found[owner] = node.parameters.length;
    else if (ts.isMethodDeclaration(node)) found[`${owner}.${node.name.text}`] = node.parameters.length;
  };
  ts.createSourceFile("glue.d.ts", text, ts.ScriptTarget.Latest, true).statements.forEach((node) => visit(node));
  return found;
}
