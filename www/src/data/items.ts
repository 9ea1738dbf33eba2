// Reads a store's items from a text of unknown origin: bounded in size, data only, with an error in words. Whether the
// items are a good snapshot is for the verifier to say.
import { KEYS, storedKey, type Json } from "@clickeen/atlas";

import { count } from "./words";

/** A store's values by stored key. */
export type Items = Readonly<Record<string, Json>>;

/** The most that is taken, in bytes: a full store, written loosely, with its times. */
export const MOST_BYTES = 8_000_000;

/** The most levels of objects and arrays that are taken: no reader takes as many, and a view walks them all. */
const MOST_LEVELS = 1_000;

/** The most characters of a name that a message repeats. */
const LONGEST_NAME = 40;

/** How a text holds a store's items. */
export interface Shape {
  /** The members on the way to them. */
  readonly path: readonly string[];
  /** Whether each is an object with the value under `value`, beside its times. */
  readonly hasTimes: boolean;
}

/** Why a text is not a store's items. */
export class NotItems extends Error {}

/**
 * The text of a file: UTF-8, or UTF-16 that begins with a byte order mark, as PowerShell writes it. Another encoding is
 * refused: read as UTF-8, its letters would be others, and the snapshot would look damaged.
 *
 * @throws {NotItems}
 */
export function textIn(bytes: ArrayBuffer): string {
  const [first, second] = new Uint8Array(bytes, 0, Math.min(2, bytes.byteLength));
  const encoding = first === 0xff && second === 0xfe ? "utf-16le" : first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new NotItems("Expected a text in UTF-8, found bytes that are not: it is in another encoding, or compressed.");
  }
}

/** The JSON in a text: the whole of it, or what is in a module of `atlas-sync export`, in JavaScript or TypeScript. */
export function jsonIn(text: string): string {
  const exported = /^\/\/ Written by `atlas-sync export`\.\r?\nconst text(?:: string)? = ("[^\n]*");$/m.exec(text)?.[1];
  try {
    return exported === undefined ? text : (JSON.parse(exported) as string);
  } catch {
    return text;
  }
}

/**
 * The items in a text, and how it holds them: an object of values by key, as the read API gives it; an array of
 * `{ key, value }`, as the REST API gives it; an object of `{ value, createdAt, updatedAt }` by key, as a backup of the REST
 * API holds it; or any of these under `items`, or under `backup` and `items`.
 *
 * @throws {NotItems}
 */
export function parseItems(text: string): { readonly items: Items; readonly shape: Shape } {
  const value = fromJson(text);
  if (isTooDeep(value)) {
    throw new NotItems(`Expected at most ${count(MOST_LEVELS)} levels of objects and arrays, found more. A reader takes at most 127.`);
  }
  const { path, held } = holder(value);
  if (Array.isArray(held)) return { items: onlyIfAtlas(fromArray(held)), shape: { path, hasTimes: true } };
  if (!isObject(held)) throw new NotItems(`Expected an object or an array of a store's items, found ${kindOf(held)}.`);
  const hasTimes = isTimed(held);
  return { items: onlyIfAtlas(hasTimes ? withoutTimes(held) : held), shape: { path, hasTimes } };
}

export function tooLarge(bytes: number): NotItems {
  return new NotItems(`Expected at most ${count(MOST_BYTES)} bytes, found ${count(bytes)}. A store holds at most 1,000,000.`);
}

export function isObject(value: unknown): value is { readonly [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fromJson(text: string): Json {
  if (text.trim() === "") throw new NotItems("Expected JSON, found nothing.");
  // The browser's message repeats a part of the text. One that was never JSON may be a secret that somebody pasted.
  const isMeantAsJson = /^\s*[[{]/.test(text);
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    if (!isMeantAsJson) throw new NotItems("Expected JSON, found a text that begins with neither { nor [.");
    throw new NotItems(`Expected JSON: ${(error as Error).message.slice(0, 200)}`);
  }
}

/** Level by level, since a function that calls itself would fail where the views would. */
function isTooDeep(value: Json): boolean {
  let level: readonly Json[] = [value];
  for (let depth = 0; depth <= MOST_LEVELS; depth += 1) {
    const holders = level.filter((one) => typeof one === "object" && one !== null);
    if (holders.length === 0) return false;
    level = holders.flatMap((one) => Object.values(one));
  }
  return true;
}

/** What holds the items. An object with Atlas's own keys is that itself. */
function holder(value: Json): { readonly path: readonly string[]; readonly held: Json } {
  for (const path of [["backup", "items"], ["items"]]) {
    const held = path.reduce<Json | undefined>((at, name) => (isObject(at) && !namesAtlas(at) && Object.hasOwn(at, name) ? at[name] : undefined), value);
    if (typeof held === "object" && held !== null) return { path, held };
  }
  return { path: [], held: value };
}

function isTimed(items: Items): boolean {
  const values = Object.values(items);
  const hasTimes = (item: Json) => isObject(item) && ["value", "createdAt", "updatedAt"].every((name) => Object.hasOwn(item, name));
  return values.length > 0 && values.every(hasTimes);
}

function withoutTimes(items: Items): Items {
  return Object.fromEntries(Object.entries(items).map(([key, item]) => [key, isObject(item) ? item.value! : item]));
}

function fromArray(list: readonly Json[]): Items {
  const seen = new Set<string>();
  const entries = list.map((item, at): [string, Json] => {
    const where = `In the list of items, item ${at + 1}`;
    if (!isObject(item)) throw new NotItems(`${where}: expected an object with "key" and "value", found ${kindOf(item)}.`);
    if (typeof item.key !== "string") throw new NotItems(`${where}: expected "key" to be a string, found ${kindOf(item.key)}.`);
    if (!Object.hasOwn(item, "value")) throw new NotItems(`${where} (${short(item.key)}): expected a "value", found nothing.`);
    if (seen.has(item.key)) throw new NotItems(`${where}: expected each key once, found ${short(item.key)} twice.`);
    seen.add(item.key);
    return [item.key, item.value!];
  });
  return Object.fromEntries(entries);
}

/** An empty store is a store; one with other keys only is probably another store, or another file. */
function onlyIfAtlas(items: Items): Items {
  const keys = Object.keys(items);
  if (keys.length === 0 || namesAtlas(items)) return items;
  const shown = keys.slice(0, 3).map((key) => JSON.stringify(short(key))).join(", ");
  const others = keys.length > 3 ? `, and ${count(keys.length - 3)} more` : "";
  throw new NotItems(`Expected the keys of Atlas (${KEYS.map(storedKey).join(", ")}), found ${shown}${others}.`);
}

function namesAtlas(items: Items): boolean {
  return Object.keys(items).some((key) => key.startsWith("atlas_v"));
}

function short(name: string): string {
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)} …` : name;
}

function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
