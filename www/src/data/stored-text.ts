// A store's values as they were written, before JSON.parse made them alike: the text under each key. Takes only text
// that JSON.parse has accepted.
import type { Shape } from "./items";

/** A member of an object, or an element of an array: its name or index, and where its value stands. */
interface Part {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

const STRUCTURE = /["{}[\]]/g;
const MARKS = /["{}[\],]/g;
const SCALAR = /[^,\]}\s]*/y;
const SPACE = /\s*/y;

/** The text under each key. Of two members with one name the last counts, as for JSON.parse. */
export function storedTexts(text: string, { path, hasTimes }: Shape): Map<string, string> {
  let start = skip(SPACE, text, 0);
  for (const name of path) start = member(parts(text, start), name)?.start ?? start;
  const isList = text[start] === "[";
  const texts = new Map<string, string>();
  for (const part of parts(text, start)) {
    const members = hasTimes ? parts(text, part.start) : [];
    const key = isList ? member(members, "key") : undefined;
    const value = hasTimes ? member(members, "value") : part;
    if (value) texts.set(key ? (JSON.parse(text.slice(key.start, key.end)) as string) : part.name, text.slice(value.start, value.end));
  }
  return texts;
}

/** The names of the members on the way to an offset. */
export function pathAt(text: string, offset: number): string[] {
  const open = openAt(text, offset);
  const inmost = open.at(-1);
  if (inmost === undefined) return [];
  const path = open.slice(0, -1).map(({ key, place }) => (key === undefined ? String(place) : (JSON.parse(key) as string)));
  const part = parts(text, inmost.start).find(({ end }) => offset < end);
  return part === undefined ? path : [...path, part.name];
}

/** An object or array: where it starts, and which of its members comes last before an offset. */
interface Open {
  readonly start: number;
  /** The member's name as JSON; of an object only. */
  key: string | undefined;
  place: number;
}

/** The objects and arrays that are open at an offset, the outermost first; in one reading, however many there are. */
function openAt(text: string, offset: number): readonly Open[] {
  const open: Open[] = [];
  MARKS.lastIndex = 0;
  for (let match = MARKS.exec(text); match !== null && match.index <= offset; match = MARKS.exec(text)) {
    const [mark] = match;
    const inmost = open.at(-1);
    if (mark === "{" || mark === "[") open.push({ start: match.index, key: undefined, place: 0 });
    else if (mark === "}" || mark === "]") open.pop();
    else if (inmost !== undefined && mark === ",") inmost.place += 1;
    else if (mark === '"') {
      const end = endOfString(text, match.index);
      MARKS.lastIndex = end;
      if (inmost !== undefined && text[skip(SPACE, text, end)] === ":") inmost.key = text.slice(match.index, end);
    }
  }
  return open;
}

function member(members: readonly Part[], name: string): Part | undefined {
  return members.findLast((one) => one.name === name);
}

/** What an object or array holds; nothing for any other value. */
function parts(text: string, start: number): Part[] {
  const isObject = text[start] === "{";
  if (!isObject && text[start] !== "[") return [];
  const found: Part[] = [];
  let at = skip(SPACE, text, start + 1);
  while (at < text.length && text[at] !== "}" && text[at] !== "]") {
    let name = String(found.length);
    if (isObject) {
      const end = endOfString(text, at);
      name = JSON.parse(text.slice(at, end)) as string;
      at = skip(SPACE, text, skip(SPACE, text, end) + 1);
    }
    const end = endOfValue(text, at);
    found.push({ name, start: at, end });
    at = skip(SPACE, text, end);
    if (text[at] === ",") at = skip(SPACE, text, at + 1);
  }
  return found;
}

function endOfValue(text: string, start: number): number {
  if (text[start] === '"') return endOfString(text, start);
  if (text[start] !== "{" && text[start] !== "[") return skip(SCALAR, text, start);
  let depth = 0;
  STRUCTURE.lastIndex = start;
  for (let match = STRUCTURE.exec(text); match !== null; match = STRUCTURE.exec(text)) {
    const [mark] = match;
    if (mark === '"') STRUCTURE.lastIndex = endOfString(text, match.index);
    else depth += mark === "{" || mark === "[" ? 1 : -1;
    if (depth === 0) return match.index + 1;
  }
  return text.length;
}

function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (text[at - 1 - backslashes] === "\\") backslashes += 1;
    if (backslashes % 2 === 0) return at + 1;
  }
  return text.length;
}

function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return at + (pattern.exec(text)?.[0].length ?? 0);
}
