// What each part of the edge entry weighs, and which parts have changed since a table of weights was recorded. A part
// is a module of the crate, a crate that it uses, an export, a section of the Wasm, or a JavaScript file.
import { moduleOf } from "./rust-names.mjs";
import { PREAMBLE, functionsOf, isCode, isNames, sectionsOf } from "./wasm.mjs";

/**
 * @typedef {Record<string, number>} Weights by part, in bytes
 * @typedef {{ bytes: number, gzip: number }} Total
 * @typedef {{ gzip: Weights, bytes: Weights }} Table what is recorded: `gzip` of each total, `bytes` of each part
 * @typedef {{ part: string, before?: number, after?: number }} Change a part that came has no `before`
 */

/** At most so many changes are told. */
const TOLD = 8;
/** A smaller change, in bytes, is not worth a line in a build that is within its budget. */
const NOTABLE = 64;

/** The parts of a Wasm binary with names. Their sum is what it weighs without the names. @returns {Weights} */
export function wasmParts(wasm) {
  const parts = { preamble: PREAMBLE };
  const add = (part, bytes) => (parts[part] = (parts[part] ?? 0) + bytes);
  const functions = functionsOf(wasm);
  for (const { size, ...fn } of functions) add(partOf(fn), size);
  const code = functions.reduce((sum, { size }) => sum + size, 0);
  for (const section of sectionsOf(wasm)) {
    if (!isNames(section)) add(`section ${section.name}`, section.size - (isCode(section) ? code : 0));
  }
  return parts;
}

/** The parts of a bundle with one output, by esbuild's metafile: its files, and what joins them. @returns {Weights} */
export function bundleParts({ outputs }) {
  const [{ bytes, inputs }] = Object.values(outputs);
  const files = Object.entries(inputs).map(([file, { bytesInOutput }]) => [file, bytesInOutput]);
  const sum = files.reduce((sum, [, bytes]) => sum + bytes, 0);
  return { ...Object.fromEntries(files), "joints of the bundle": bytes - sum };
}

function partOf({ name, exported }) {
  // An export holds what was inlined into it, so it is a part of its own.
  if (exported !== undefined) return exported.startsWith("__") ? "wasm_bindgen" : `export ${exported}`;
  // What wasm-opt makes of similar functions has no name.
  return name === undefined ? "unnamed functions" : moduleOf(name);
}

/** The parts that do not weigh what they did, the largest change first. @returns {Change[]} */
export function changes(before, after) {
  const parts = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return parts
    .map((part) => ({ part, before: before[part], after: after[part] }))
    .filter(({ before, after }) => before !== after)
    .sort((a, b) => Math.abs(difference(b)) - Math.abs(difference(a)));
}

function difference({ before = 0, after = 0 }) {
  return after - before;
}

/**
 * Whether the totals are within the budget, and what to say of them: each total, and what has changed since the record.
 *
 * @param {{ totals: Record<string, Total>, parts: Weights, record: Table, budget: number }} weighed
 */
export function judge({ totals, parts, record, budget }) {
  const weights = Object.entries(totals);
  const sum = weights.reduce((sum, [, { gzip }]) => sum + gzip, 0);
  const recorded = weights.reduce((sum, [name]) => sum + (record.gzip[name] ?? 0), 0);
  const since = sum === recorded ? "as recorded" : `${signed(sum - recorded)} since the record`;
  const within = sum <= budget;
  const changed = changes(record.bytes, parts);
  const lines = [
    ...weights.map(([name, { bytes, gzip }]) => `${name.padEnd(12)} ${column(bytes)} bytes ${column(gzip)} gzip`),
    `${"edge entry".padEnd(27)} ${column(sum)} gzip, of ${budget} (${since})`,
    ...(within ? tellChanges(changed) : tellGrowth(changed)),
  ];
  return { within, told: lines.join("\n") };
}

function tellChanges(changed) {
  return changed.filter((change) => Math.abs(difference(change)) >= NOTABLE).slice(0, TOLD).map(tell);
}

function tellGrowth(changed) {
  const grown = changed.filter((change) => difference(change) > 0);
  if (grown.length === 0) return ["no part has grown since the record"];
  const more = grown.length > TOLD ? [`and ${grown.length - TOLD} more`] : [];
  return ["what has grown since the record:", ...grown.slice(0, TOLD).map(tell), ...more];
}

function tell({ part, before, after }) {
  const how = before === undefined ? "new" : after === undefined ? `gone, was ${before}` : `from ${before} to ${after}`;
  return `${column(signed(difference({ before, after })))} bytes  ${part} (${how})`;
}

function column(value) {
  return String(value).padStart(8);
}

function signed(value) {
  return value > 0 ? `+${value}` : String(value);
}

/** What is recorded. In the order of the names, so that a part that changed is a line that changed. @returns {Table} */
export function tableOf({ totals, parts }) {
  const gzip = Object.entries(totals).map(([name, { gzip }]) => [name, gzip]);
  return { gzip: Object.fromEntries(gzip), bytes: Object.fromEntries(Object.entries(parts).sort(byName)) };
}

function byName([a], [b]) {
  return a < b ? -1 : 1;
}
