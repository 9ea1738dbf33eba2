// The settings that a widget is rendered with: its template's defaults, then the instance's config on top. Without a
// template the defaults are those of the schema. The config is the customer's: nothing is taken for granted about it.
import type { Json, JsonObject } from "@clickeen/atlas";

import type { WidgetData } from "./paris";

/** Objects are merged, member by member; anything else of the config replaces what the defaults hold. */
export function settingsOf({ instance, template, schema }: WidgetData): JsonObject {
  return merge(template?.defaults ?? schemaDefaults(schema), instance.config);
}

/** The text under a name, or an empty one. */
export function text(settings: JsonObject, name: string): string {
  const value = settings[name];
  return typeof value === "string" ? value : "";
}

/** Whether a name is `true`. */
export function flag(settings: JsonObject, name: string): boolean {
  return settings[name] === true;
}

/** The object under a name, or an empty one. */
export function group(settings: JsonObject, name: string): JsonObject {
  const value = settings[name];
  return isObject(value) ? value : {};
}

/** The objects of the list under a name. */
export function list(settings: JsonObject, name: string): readonly JsonObject[] {
  const value = settings[name];
  return Array.isArray(value) ? (value as readonly Json[]).filter(isObject) : [];
}

function merge(base: JsonObject, over: JsonObject): JsonObject {
  const merged = new Map<string, Json>(Object.entries(base));
  for (const [name, value] of Object.entries(over)) {
    const below = merged.get(name);
    merged.set(name, isObject(below) && isObject(value) ? merge(below, value) : value);
  }
  return Object.fromEntries(merged);
}

function schemaDefaults(schema: JsonObject | null): JsonObject {
  const properties = Object.entries(schema === null ? {} : group(schema, "properties"));
  return Object.fromEntries(
    properties.flatMap(([name, property]) =>
      isObject(property) && property.default !== undefined ? [[name, property.default]] : [],
    ),
  );
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
