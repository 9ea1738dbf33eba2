// The command line of the doctor.
import { parseArgs } from "node:util";

import { examine } from "./examine.js";
import { asJson, asText } from "./print.js";

const HELP = `Checks what a reader of Atlas needs, on this machine and in the app of this folder.

Usage: npx @clickeen/atlas doctor [--json]

Run it in the app's folder, with the app's environment: ATLAS_EDGE_CONFIG is the connection string of the store. It only
reads. It checks the connection string, the SDK and how the app makes its client, this runtime, the store and its clock,
the time that reads take, and the snapshot; with ATLAS_PUBLIC_KEYS, public keys with commas between, also who has signed
it. Tokens are never shown.

Options:
  --json  one JSON object: { "ok": boolean, "findings": [{ "check", "status", "message", "advice" }] }
  --help  this text

Exit codes:
  0  nothing keeps a lookup from being served from Atlas; warnings may be printed
  1  a problem was found
  2  wrong usage
`;

/**
 * Runs the command.
 *
 * @param {string[]} given
 * @returns {Promise<0 | 1 | 2>} the exit code
 */
export async function main(given) {
  const usage = usageOf(given);
  if (typeof usage === "string") {
    console.error(`atlas: ${usage}\n\n${HELP}`);
    return 2;
  }
  if (usage.help) {
    console.log(HELP);
    return 0;
  }
  const report = await examine({ env: process.env, folder: process.cwd() });
  const { isTTY } = process.stdout;
  console.log(usage.json ? asJson(report) : asText(report, { colour: isTTY && !process.env["NO_COLOR"] }));
  return report.ok ? 0 : 1;
}

/**
 * @param {string[]} given
 * @returns {{ json: boolean, help: boolean } | string} what is wrong with it, as text
 */
function usageOf(given) {
  try {
    const { values, positionals } = parseArgs({
      args: given,
      allowPositionals: true,
      options: { json: { type: "boolean" }, help: { type: "boolean", short: "h" } },
    });
    const { json = false, help = false } = values;
    if (help || (positionals.length === 1 && positionals[0] === "doctor")) return { json, help };
    return `expected the command doctor, found ${positionals.length === 0 ? "none" : positionals.join(" ")}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
