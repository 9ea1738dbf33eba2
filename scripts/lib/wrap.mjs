// Breaks a long line so that it stays right of its prefix.

/**
 * The parts of a line that fit into `width` columns: broken after a space or a comma where there is one in the second
 * half, and anywhere else otherwise.
 *
 * @param {string} line
 * @param {number} width at least 1
 * @returns {string[]} at least one part; joined they are the line
 */
export function wrap(line, width) {
  const parts = [];
  let rest = line;
  while (rest.length > width) {
    const at = Math.max(rest.lastIndexOf(" ", width - 1), rest.lastIndexOf(",", width - 1)) + 1;
    const end = at > width / 2 ? at : width;
    parts.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return [...parts, rest];
}
