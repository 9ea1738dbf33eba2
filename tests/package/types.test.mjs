// The package's JavaScript is what its types say: TypeScript checks all of it, and goes red when a function breaks its type.
import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import ts from "typescript";

import { PACKAGE, ROOT, STATE } from "../../scripts/lib/paths.mjs";
import { attempt } from "../../scripts/lib/run.mjs";

const TEMPLATE = join(ROOT, "pkg-template");
const PROJECTS = [".", join("lib", "doctor")];

let copy;
before(async () => {
  // Below the root, so that the compiler finds the types of Node.
  await mkdir(STATE, { recursive: true });
  copy = await mkdtemp(join(STATE, "types-"));
  await cp(TEMPLATE, copy, { recursive: true, filter: (path) => path !== join(TEMPLATE, "sync") });
});
after(() => copy && rm(copy, { recursive: true }));

const tsc = (folder, project) => {
  const program = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  return attempt(process.execPath, [program, "--noEmit", "-p", join(folder, project)], {});
};

for (const project of PROJECTS) {
  test(`tsc finds nothing in ${project}`, async () => {
    const { how, output } = await tsc(TEMPLATE, project);
    assert.equal(how, 0, output);
  });
}

/** A change that breaks a type, and what the compiler says of it. */
const BROKEN = [
  ["a result", ".", "lib/clock.js", "return Math.max(0, monotonic() - since);", "return `${monotonic() - since}`;", /lib\/log\.js|lib\/clock\.js/],
  ["a method of the API", ".", "lib/atlas.js", "return this.#answers.counters.take();", "return this.#answers.counters;", /takeStats/],
  ["an option's declaration", ".", "index.d.ts", "now?: (() => number)", "clock?: (() => number)", /lib\/options\.js/],
  ["a reason", ".", "lib/driver.js", '(lookup, "internal_error")', '(lookup, "internal")', /"internal"/],
  ["the monitor", ".", "monitor.js", "?? { stats: null, hint: null, refused: [] }", "?? { stats: null, hint: null }", /refused/],
  ["the doctor", join("lib", "doctor"), "lib/doctor/store.js", "return { answered: true, found", "return { found", /answered/],
];

for (const [name, project, file, from, to, says] of BROKEN) {
  test(`tsc goes red when ${name} breaks its type`, async (t) => {
    const path = join(copy, file);
    const text = await readFile(path, "utf8");
    assert.ok(text.includes(from), `${file} holds ${from}`);
    t.after(() => writeFile(path, text));
    await writeFile(path, text.replace(from, to));
    const { how, output } = await tsc(copy, project);
    assert.notEqual(how, 0);
    assert.match(output, says);
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
      typeof value === "function" && value.prototype?.free ? Object.getOwnPropertyNames(value.prototype).map((method) => `${name}.${method}`) : []);
    const unknown = methods.filter((name) => !(name in expected) && !/\.(constructor|free|__\w+)$/.test(name));
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
