// The options of a command, such as `npm run bench -- reader`: what the command line says, checked before anything is built
// or started.
import { parseArgs } from "node:util";

/**
 * @typedef {{ about: string, value?: string, least?: number, oneOf?: readonly string[], default?: string }} Option
 *   `value`: its name in the usage; without one the option is a switch. `least`: the value is a whole number, not below it.
 */

/** @typedef {{ name: string, oneOf: readonly string[] }} Words what may stand beside the options, any number of times */

/**
 * The values of a command's options, or the end of this process: with 0 after `--help`, and with 2 after one line on what is
 * wrong.
 *
 * @param {string} command such as `npm run build --`
 * @param {string} about
 * @param {Record<string, Option>} known
 * @param {Words} [words]
 * @returns {Record<string, any>} numbers as numbers, and `words`
 */
export function optionsOf(command, about, known, words) {
  try {
    const values = parse(known, process.argv.slice(2), words);
    if (!values.help) return values;
    console.log(usage(command, about, known, words));
    process.exit(0);
  } catch (error) {
    console.error(`${command.replace(/ --$/, "").split(" ").at(-1)}: ${error.message}; --help names the options`);
    process.exit(2);
  }
}

/** @param {Record<string, Option>} known @param {string[]} args @param {Words} [words] */
export function parse(known, args, words) {
  const options = { help: { type: "boolean", short: "h" } };
  for (const [name, { value, default: usual }] of Object.entries(known)) {
    options[name] = value === undefined ? { type: "boolean" } : { type: "string", default: usual };
  }
  const { values, positionals } = parsed({ options, args, allowPositionals: words !== undefined });
  const unknown = positionals.find((word) => !words?.oneOf.includes(word));
  if (unknown !== undefined) throw new Error(`expected one of ${words?.oneOf.join(", ")}, found ${unknown}`);
  const checkedValues = Object.entries(known).map(([name, option]) => [name, checked(name, option, values[name])]);
  return { ...values, ...Object.fromEntries(checkedValues), words: positionals };
}

function parsed(config) {
  try {
    return parseArgs(config);
  } catch (error) {
    // Its first sentence; the others say how to write what no command takes.
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

/** @param {string} command @param {string} about @param {Record<string, Option>} known @param {Words} [words] */
export function usage(command, about, known, words) {
  const rows = Object.entries({ ...known, help: { about: "print this text" } }).map(([name, { value, about, oneOf, default: usual }]) => {
    const notes = [...(oneOf ? [oneOf.join(" or ")] : []), ...(usual === undefined ? [] : [`default ${usual}`])];
    return [`--${name}${value === undefined ? "" : ` ${value}`}`, notes.length > 0 ? `${about} (${notes.join(", ")})` : about];
  });
  const width = Math.max(...rows.map(([left]) => left.length));
  const head = [`${command} ${words ? `[${words.name}...] ` : ""}[options]`, "", about, ""];
  const listed = words ? [`${words.name}: ${words.oneOf.join(", ")}`, ""] : [];
  return [...head, ...listed, ...rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)].join("\n");
}
