// The options of a benchmark: what the command line says, checked before anything is built or started.
import { parseArgs } from "node:util";

/**
 * @typedef {{ about: string, value?: string, least?: number, oneOf?: readonly string[], default?: string }} Option
 *   `value`: its name in the usage; without one the option is a switch. `least`: the value is a whole number, not below it.
 */

/**
 * The values of a benchmark's options, or the end of this process: with 0 after `--help`, and with 2 after one line on what is
 * wrong.
 *
 * @param {string} bench
 * @param {string} about
 * @param {Record<string, Option>} known
 * @returns {Record<string, any>} numbers as numbers
 */
export function optionsOf(bench, about, known) {
  try {
    const values = parse(known, process.argv.slice(2));
    if (!values.help) return values;
    console.log(usage(bench, about, known));
    process.exit(0);
  } catch (error) {
    console.error(`${bench}: ${error.message}; --help names the options`);
    process.exit(2);
  }
}

/** @param {Record<string, Option>} known @param {string[]} args */
export function parse(known, args) {
  const options = { help: { type: "boolean", short: "h" } };
  for (const [name, { value, default: usual }] of Object.entries(known)) {
    options[name] = value === undefined ? { type: "boolean" } : { type: "string", default: usual };
  }
  const { values } = parsed(options, args);
  return { ...values, ...Object.fromEntries(Object.entries(known).map(([name, option]) => [name, checked(name, option, values[name])])) };
}

function parsed(options, args) {
  try {
    return parseArgs({ options, args });
  } catch (error) {
    // Its first sentence; the others say how to write what no benchmark takes.
    throw new Error(error.message.split(/\. |\n/)[0].replace(/^./, (first) => first.toLowerCase()));
  }
}

function checked(name, { least, oneOf }, value) {
  if (value === undefined) return undefined;
  if (oneOf && !oneOf.includes(value)) throw new Error(`--${name}: expected ${oneOf.join(" or ")}, found ${value}`);
  if (least === undefined) return value;
  const number = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(number) || number < least) {
    throw new Error(`--${name}: expected a whole number of at least ${least}, found ${value}`);
  }
  return number;
}

/** @param {string} bench @param {string} about @param {Record<string, Option>} known */
export function usage(bench, about, known) {
  const rows = Object.entries({ ...known, help: { about: "this text" } }).map(([name, { value, about, oneOf, default: usual }]) => {
    const notes = [...(oneOf ? [oneOf.join(" or ")] : []), ...(usual === undefined ? [] : [`${usual} unless given`])];
    return [`--${name}${value === undefined ? "" : ` ${value}`}`, notes.length > 0 ? `${about} (${notes.join(", ")})` : about];
  });
  const width = Math.max(...rows.map(([left]) => left.length));
  return [`npm run bench -- ${bench} [options]`, "", about, "", ...rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)].join("\n");
}
