import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

const run = promisify(execFile);
const HERE = import.meta.dirname;

/** What a script prints in which `screen`, `attempt` and `step` are at hand. */
async function printed(script) {
  const imports = [["Screen", "printer", "screen.mjs"], ["attempt", "run.mjs"], ["step", "progress.mjs"]]
    .map((names) => `import { ${names.slice(0, -1)} } from ${JSON.stringify(join(HERE, names.at(-1)))};`);
  const setting = ["const screen = new Screen();", "const soon = (ms) => new Promise((done) => setTimeout(done, ms));"];
  const source = [...imports, ...setting, script].join("\n");
  return (await run(process.execPath, ["--input-type=module", "--eval", source])).stdout.trimEnd().split("\n");
}

test("what runs in front prints at once, and what runs behind it when that is over", async () => {
  const lines = await printed(`
    const behind = screen.behind(async () => { await soon(20); await step("a step", () => "done"); });
    await screen.front(async () => { console.log("one"); await soon(100); console.log("two"); });
    await behind;
    await screen.behind(() => printer()("three"));
  `);
  assert.deepEqual(lines.map((line) => line.replace(/ \(.*/, "")), ["one", "two", "  ✓ a step: done", "three"]);
});

test("a block's lines stay together, those of programs too", async () => {
  const lines = await printed(`
    const shows = (name) => screen.behind(() => attempt("sh", ["-c", \`echo \${name} 1; sleep 0.2; echo \${name} 2\`], { show: true }), { isBlock: true });
    await Promise.all([shows("a"), shows("b")]);
  `);
  assert.deepEqual(lines.sort().slice(0, 2), ["a 1", "a 2"]);
  assert.equal(lines.join().match(/a 1,a 2|b 1,b 2/g).length, 2);
});

test("what fails behind is thrown on, with its lines printed", async () => {
  const lines = await printed(`
    const failed = screen.behind(async () => { printer()("lost"); throw new Error("no"); }, { isBlock: true });
    await failed.catch(({ message }) => console.log(message));
  `);
  assert.deepEqual(lines, ["lost", "no"]);
});

test("programs behind give way, with all that they start", async () => {
  const lines = await printed(`
    const nice = () => attempt("sh", ["-c", "sleep 0.2; sh -c nice; cat /proc/self/autogroup || true"], { show: true });
    await nice();
    console.log("behind");
    await screen.behind(nice);
  `);
  const [front, behind] = lines.join("\n").split("\nbehind\n");
  assert.equal(parseInt(behind), Math.max(parseInt(front), 10));
  // Where Linux tells sessions apart.
  if (front.includes("autogroup-")) assert.match(behind, /nice 10$/m);
});
