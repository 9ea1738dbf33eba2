// Reads a Wasm binary as bytes: its sections, and its functions with their names. It is asked what each weighs, not
// what it does; whether the binary is valid is the engine's to say.

/** @typedef {{ id: number, name: string, content: Uint8Array, size: number, start: number }} Section */

/** The sections by their number in the specification (Core 5.5.2); custom sections have a name of their own. */
const SECTIONS = [
  "custom", "type", "import", "function", "table", "memory", "global", "export", "start", "element", "code", "data",
  "data count", "tag",
];
/** The magic number and the version. */
export const PREAMBLE = 8;
const CUSTOM = 0;
const CODE = 10;
const EXPORT = 7;
/** The subsection of the name section that names functions (Core, appendix "Custom Sections"). */
const FUNCTION_NAMES = 1;
const FUNCTION_EXPORT = 0;

/** Reads numbers and texts one after the other. */
function reader(bytes) {
  let at = 0;
  const take = (length) => {
    const end = at + length;
    if (end > bytes.length) throw new Error(`the Wasm is cut off: expected ${end} bytes, found ${bytes.length}`);
    return bytes.subarray(at, (at = end));
  };
  const byte = () => take(1)[0];
  const number = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const next = byte();
      value += (next % 128) * scale;
      if (next < 128) return value;
    }
  };
  const text = () => new TextDecoder().decode(take(number()));
  return { byte, number, take, text, at: () => at, more: () => at < bytes.length };
}

/** All sections in their order. A section's head counts for its size. @returns {Section[]} */
export function sectionsOf(wasm) {
  const read = reader(wasm);
  read.take(PREAMBLE);
  const sections = [];
  while (read.more()) {
    const start = read.at();
    const id = read.byte();
    const content = read.take(read.number());
    const name = id === CUSTOM ? reader(content).text() : (SECTIONS[id] ?? String(id));
    sections.push({ id, name, content, start, size: read.at() - start });
  }
  return sections;
}

/**
 * The same binary, byte for byte, without its name section. (wasm-opt strips it too, but writes code larger than it was
 * if it does not optimise it in the same run.)
 */
export function withoutNames(wasm) {
  const kept = sectionsOf(wasm).filter((section) => !isNames(section));
  const bytes = kept.map(({ start, size }) => wasm.subarray(start, start + size));
  return Buffer.concat([wasm.subarray(0, PREAMBLE), ...bytes]);
}

export function isNames({ id, name }) {
  return id === CUSTOM && name === "name";
}

export function isCode({ id }) {
  return id === CODE;
}

/**
 * The functions with code, their size with the number in front that says how long they are.
 *
 * @returns {{ size: number, name?: string, exported?: string }[]}
 */
export function functionsOf(wasm) {
  const sections = sectionsOf(wasm);
  const names = namesOf(sections);
  const exported = exportsOf(sections);
  // Imported functions are counted first.
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(wasm));
  const first = imports.filter(({ kind }) => kind === "function").length;
  return sizesOf(sections).map((size, position) => {
    const index = first + position;
    return { size, name: names.get(index), exported: exported.get(index) };
  });
}

function sizesOf(sections) {
  const code = sections.find(isCode);
  if (!code) return [];
  const read = reader(code.content);
  return Array.from({ length: read.number() }, () => {
    const start = read.at();
    read.take(read.number());
    return read.at() - start;
  });
}

/** By function. */
function namesOf(sections) {
  const names = new Map();
  const section = sections.find(isNames);
  if (!section) return names;
  const read = reader(section.content);
  read.text();
  while (read.more()) {
    const id = read.byte();
    const content = reader(read.take(read.number()));
    if (id !== FUNCTION_NAMES) continue;
    for (let left = content.number(); left > 0; left -= 1) names.set(content.number(), content.text());
  }
  return names;
}

/** By function; the first name of one that is exported twice. */
function exportsOf(sections) {
  const names = new Map();
  const section = sections.find(({ id }) => id === EXPORT);
  if (!section) return names;
  const read = reader(section.content);
  for (let left = read.number(); left > 0; left -= 1) {
    const [name, kind, index] = [read.text(), read.byte(), read.number()];
    if (kind === FUNCTION_EXPORT && !names.has(index)) names.set(index, name);
  }
  return names;
}
