// A report as text for a person, or as JSON for a program.

/** @import { Status } from "./finding.js" */
/** @import { Report } from "./examine.js" */

/** ANSI colours. */
const COLOURS = { ok: 32, warning: 33, problem: 31, skipped: 90 };

/** Control characters, and those that change the direction of writing: what the store holds must not steer a terminal. */
const STEERING = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/**
 * A text with such characters spelled as JSON spells them.
 *
 * @param {string} text
 */
function harmless(text) {
  return text.replace(STEERING, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** @param {Report} report */
export function asJson(report) {
  // The lines are its own: in a string JSON spells a line break.
  return JSON.stringify(report, null, 2).split("\n").map(harmless).join("\n");
}

/**
 * @param {Report} report
 * @param {{ colour: boolean }} how
 */
export function asText({ ok, findings }, { colour }) {
  const shown = (/** @type {Status} */ status) => {
    const text = status.padEnd(7);
    return colour ? `\u001b[${COLOURS[status]}m${text}\u001b[0m` : text;
  };
  const lines = findings.flatMap(({ check, status, message, advice }) => [
    `${shown(status)}  ${check.padEnd(12)}  ${harmless(message)}`,
    ...(advice === undefined ? [] : [`${" ".repeat(23)}${harmless(advice)}`]),
  ]);
  return [...lines, "", verdict(ok, findings)].join("\n");
}

/**
 * @param {boolean} ok
 * @param {Report["findings"]} findings
 */
function verdict(ok, findings) {
  const count = (/** @type {Status} */ status) => findings.filter((finding) => finding.status === status).length;
  const warnings = `${count("warning")} ${count("warning") === 1 ? "warning" : "warnings"}`;
  if (ok) return `no problem, ${warnings}`;
  return `${count("problem")} ${count("problem") === 1 ? "problem" : "problems"}, ${warnings}`;
}
