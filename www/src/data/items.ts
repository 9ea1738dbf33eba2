// Reads a store's items from a text of unknown origin: bounded in size, data only, with an error in words. Whether the
// items are a good snapshot is for the verifier to say.
import { KEYS, storedKey, type Json } from "@clickeen/atlas";

/** A store's values by stored key. */
export type Items = Readonly<Record<string, Json>>;

/** The most that is taken, in bytes: a full store, written loosely, with its times. */
export const MOST_BYTES = 8_000_000;

/** Why a text is not a store's items. */
export class NotItems extends Error {}

/**
 * The items in a text: an object of values by key, as the read API gives it; an array of `{ key, value }`, as the REST
 * API gives it; or an object with either under `items`, as a backup or a state file holds it.
 *
 * @throws {NotItems}
 */
export function parseItems(text: string): Items {
  if (text.length > MOST_BYTES) throw tooLarge(text.length);
  const value = fromJson(text);
  if (Array.isArray(value)) return fromArray(value);
  if (!isObject(value)) throw new NotItems(`Expected an object or an array of a store's items, found ${kindOf(value)}.`);
  const inner = Object.hasOwn(value, "items") && !namesAtlas(value) ? value.items : undefined;
  if (Array.isArray(inner)) return fromArray(inner);
  if (isObject(inner)) return onlyIfAtlas(inner);
  return onlyIfAtlas(value);
}

export function tooLarge(bytes: number): NotItems {
  const count = (number: number) => number.toLocaleString("en");
  return new NotItems(`Expected at most ${count(MOST_BYTES)} bytes, found ${count(bytes)}. A store holds at most 1,000,000.`);
}

export function isObject(value: unknown): value is { readonly [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fromJson(text: string): Json {
  if (text.trim() === "") throw new NotItems("Expected JSON, found nothing.");
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new NotItems(`Expected JSON: ${(error as Error).message.slice(0, 200)}`);
  }
}

function fromArray(list: readonly Json[]): Items {
  const seen = new Set<string>();
  const entries = list.map((item, at): [string, Json] => {
    const where = `In the list of items, item ${at + 1}`;
    if (!isObject(item)) throw new NotItems(`${where}: expected an object with "key" and "value", found ${kindOf(item)}.`);
    if (typeof item.key !== "string") throw new NotItems(`${where}: expected "key" to be a string, found ${kindOf(item.key)}.`);
    if (!Object.hasOwn(item, "value")) throw new NotItems(`${where} (${item.key}): expected a "value", found nothing.`);
    if (seen.has(item.key)) throw new NotItems(`${where}: expected each key once, found ${item.key} twice.`);
    seen.add(item.key);
    return [item.key, item.value!];
  });
  return onlyIfAtlas(Object.fromEntries(entries));
}

/** An empty store is a store; one with other keys only is probably another store, or another file. */
function onlyIfAtlas(items: Items): Items {
  const keys = Object.keys(items);
  if (keys.length === 0 || namesAtlas(items)) return items;
  const shown = keys.slice(0, 3).map((key) => JSON.stringify(key.slice(0, 40))).join(", ");
  const others = keys.length > 3 ? `, and ${(keys.length - 3).toLocaleString("en")} more` : "";
  throw new NotItems(`Expected the keys of Atlas (${KEYS.map(storedKey).join(", ")}), found ${shown}${others}.`);
}

function namesAtlas(items: Items): boolean {
  return Object.keys(items).some((key) => key.startsWith("atlas_v"));
}

function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
