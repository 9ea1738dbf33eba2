// Walks a README: runs the commands of its `console` blocks in order, and holds what they print to what it shows.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";

const PATIENCE_MS = 5_000;

/**
 * The commands of a text, each with the lines that it shows. `…` stands for any text in a line, and alone for any lines.
 *
 * @param {string} markdown
 * @returns {{ command: string, shown: string[] }[]}
 */
export function commandsOf(markdown) {
  const blocks = [...markdown.matchAll(/^```console\n([\s\S]*?)^```$/gm)].map(([, block]) => block.trimEnd().split("\n"));
  const commands = [];
  for (const line of blocks.flat()) {
    const last = commands.at(-1);
    if (line.startsWith("$ ")) commands.push({ command: line.slice(2), shown: [] });
    else if (last.shown.length === 0 && last.command.endsWith("\\")) last.command += `\n${line}`;
    else last.shown.push(line);
  }
  return commands;
}

/**
 * Runs one command in bash and compares. A page that is asked for with `curl -si` is asked for again for a while: on a busy
 * machine a store on loopback can miss its 50 ms too.
 */
export async function take({ command, shown }, { cwd, env }) {
  const expected = pattern(shown);
  const end = performance.now() + (command.startsWith("curl -si ") ? PATIENCE_MS : 0);
  let output;
  do {
    output = await new Promise((done) => {
      execFile("bash", ["-c", `exec 2>&1\n${command}`], { cwd, env }, (_, stdout) => done(stdout));
    });
  } while (!expected.test(output) && performance.now() < end);
  assert.match(output, expected, `$ ${command}\nexpected\n${shown.join("\n")}\nfound\n${output}`);
}

/** The pattern of what is shown: in this order, and from the first line. */
function pattern(shown) {
  const parts = shown.map((line) => (line === "…" ? "[^]*?" : `[^\\S\\n]*${line.split("…").map(escaped).join(".*")}\\s*?\\n?`));
  return new RegExp(`^${parts.join("")}`);
}

function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
