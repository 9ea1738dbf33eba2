// The table of a run, and its verdict: each figure beside its rival's, with the target that the ratio has to keep.
import { median, p99 } from "./statistics.mjs";

const RED = "\u001b[31m";
const GREEN = "\u001b[32m";
const PLAIN = "\u001b[0m";

/**
 * @typedef {{ runtime: string, what: string, size: string, contestant: string, unit: "ns" | "ms" | "KB",
 *   samples: number[] }} Figure
 * @typedef {{ runtime: string, what: string, size: string, contestant: string, rival: string, most?: number }} Comparison
 */

/**
 * A figure beside its rival's, with the target if there is one. Samples of one round are taken right after each other, so each
 * round has a ratio of its own, whatever the machine did meanwhile; the median of those counts.
 */
export function compare(figures, { runtime, what, size, contestant, rival, most }) {
  const of = (name) => {
    const found = figures.find((one) => one.runtime === runtime && one.what === what && one.size === size && one.contestant === name);
    if (!found) throw new Error(`no figure ${runtime}, ${what}, ${size}, ${name}`);
    return found;
  };
  const [mine, theirs] = [of(contestant), of(rival)];
  const ratio = median(mine.samples.map((sample, round) => sample / theirs.samples[round]));
  return { runtime, what, size, contestant, rival, ratio, most: most ?? null, kept: most === undefined ? null : ratio <= most };
}

/** By how many milliseconds one median is more than another. */
export function difference(figures, { runtime, what, size, contestant, rival, most }) {
  const of = (name) => median(figures.find((one) => one.runtime === runtime && one.what === what && one.size === size && one.contestant === name).samples);
  const ratio = (of(contestant) - of(rival)) / 1e6;
  return { runtime, what, size, contestant, rival: `${rival}: ms more`, ratio, most, kept: ratio <= most };
}

/** How much a ratio differs between the sizes: a reader whose cost depends on the snapshot shows here. */
export function alike(comparisons, { runtime, what, contestant, rival, most }) {
  const alike = (one) => one.runtime === runtime && one.what === what && one.contestant === contestant && one.rival === rival;
  const ratios = comparisons.filter(alike).map(({ ratio }) => ratio);
  const ratio = Math.max(...ratios) / Math.min(...ratios);
  return { runtime, what, size: "all", contestant, rival: "itself, largest over smallest ratio", ratio, most, kept: ratio <= most };
}

export function printFigures(figures) {
  console.log(row("runtime", "what", "size", "contestant", "median", "p99", "samples"));
  for (const { runtime, what, size, contestant, unit, samples } of figures) {
    console.log(row(runtime, what, size, contestant, shown(median(samples), unit), shown(p99(samples), unit), `${samples.length}`));
  }
}

export function printComparisons(comparisons, colour) {
  console.log(row("runtime", "what", "size", "contestant", "ratio", "target", "", "of"));
  for (const { runtime, what, size, contestant, rival, ratio, most, kept } of comparisons) {
    const verdict = kept === null ? "" : kept ? "kept" : "MISSED";
    const line = row(runtime, what, size, contestant, ratio.toFixed(2), most === null ? "" : `<= ${most}`, verdict, rival);
    console.log(colour && kept !== null ? `${kept ? GREEN : RED}${line}${PLAIN}` : line);
  }
}

function row(runtime, what, size, contestant, a, b, c, d = "") {
  return [runtime.padEnd(9), what.padEnd(16), size.padEnd(8), contestant.padEnd(21), a.padStart(11), b.padStart(11), c.padStart(9), `  ${d}`].join("").trimEnd();
}

function shown(value, unit) {
  if (unit === "KB") return `${(value / 1024).toFixed(0)} KB`;
  if (unit === "ms") return `${value.toFixed(2)} ms`;
  return value < 10_000 ? `${value.toFixed(0)} ns` : `${(value / 1000).toFixed(1)} us`;
}
