// The canonical form of a value (RFC 8785), and the first place where a stored text departs from it. For showing only:
// the verdict is the package's.
import type { Json } from "@clickeen/atlas";

import { pathAt } from "./stored-text";

/** How much of either text is shown before and after the place. */
const CONTEXT = 40;

/** Where a stored text first differs from its canonical form. */
export interface Departure {
  /** The offset in the stored text, in UTF-16 code units. */
  readonly at: number;
  /** The members on the way to it. */
  readonly path: readonly string[];
  readonly stored: Excerpt;
  readonly canonical: Excerpt;
}

/** A part of a text; it differs from `after` on. */
export interface Excerpt {
  readonly before: string;
  readonly after: string;
}

/** `undefined` when the text is canonical. */
export function departure(stored: string, value: Json): Departure | undefined {
  const canonical = canonicalText(value);
  if (stored === canonical) return undefined;
  let at = 0;
  while (at < stored.length && stored.charCodeAt(at) === canonical.charCodeAt(at)) at += 1;
  return { at, path: pathAt(stored, at), stored: excerpt(stored, at), canonical: excerpt(canonical, at) };
}

/** The canonical text: members in the order of their UTF-16 code units, the rest as ECMAScript spells it. */
export function canonicalText(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const object = value as { readonly [name: string]: Json };
  const members = Object.keys(object).sort().map((name) => `${JSON.stringify(name)}:${canonicalText(object[name]!)}`);
  return `{${members.join(",")}}`;
}

function excerpt(text: string, at: number): Excerpt {
  return { before: text.slice(Math.max(0, at - CONTEXT), at), after: text.slice(at, at + CONTEXT) };
}
