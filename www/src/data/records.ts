// The records of a snapshot (templates, schema versions, plans) as one list that can be searched and filtered. Shown
// whether or not their entry is verified; nothing about their shape is taken on trust.
import { storedKey, type AtlasKey, type Json } from "@clickeen/atlas";

import { isObject, type Items } from "./items";

export type Kind = "template" | "schema" | "plan";

/** The entry that holds a kind of record. */
export const ENTRY_OF: Readonly<Record<Kind, AtlasKey>> = {
  template: "atlas:v1:widgetTemplates",
  schema: "atlas:v1:widgetSchemas",
  plan: "atlas:v1:planHints",
};

export interface SnapshotRecord {
  readonly kind: Kind;
  /** What names it in its entry: `["faq-classic-light"]`, `["content.faq", "2025-09-01"]`. */
  readonly names: readonly string[];
  /** What it is called on the page. */
  readonly title: string;
  readonly widgetType: string | null;
  readonly schemaVersion: string | null;
  /** Of a template only. */
  readonly premium: boolean | null;
  readonly data: Json;
  /** All of its text in small letters, for the search. */
  readonly haystack: string;
}

/** What the records are narrowed to; an empty text narrows nothing. */
export interface Filter {
  readonly text: string;
  readonly kind: string;
  readonly widgetType: string;
  readonly schemaVersion: string;
  readonly premium: string;
}

export const NO_FILTER: Filter = { text: "", kind: "", widgetType: "", schemaVersion: "", premium: "" };

/** Every record, templates first. */
export function recordsOf(items: Items): readonly SnapshotRecord[] {
  return [...templates(items), ...schemas(items), ...plans(items)];
}

/** The records that fit a filter: every word of its text occurs somewhere in them, as it is or as JSON spells it. */
export function matching(records: readonly SnapshotRecord[], filter: Filter): readonly SnapshotRecord[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter((word) => word !== "").map((word) => [word, JSON.stringify(word).slice(1, -1)]);
  return records.filter(
    (record) =>
      (filter.kind === "" || record.kind === filter.kind) &&
      (filter.widgetType === "" || record.widgetType === filter.widgetType) &&
      (filter.schemaVersion === "" || record.schemaVersion === filter.schemaVersion) &&
      (filter.premium === "" || String(record.premium) === filter.premium) &&
      words.every((spellings) => spellings.some((word) => record.haystack.includes(word))),
  );
}

/** The record at a place of the page. */
export function recordAt(records: readonly SnapshotRecord[], path: readonly string[]): SnapshotRecord | undefined {
  return records.find((record) => JSON.stringify(pathOf(record)) === JSON.stringify(path));
}

/** Where a record is on the page: its kind and names. An address cannot hold half of a surrogate pair. */
export function pathOf({ kind, names }: Pick<SnapshotRecord, "kind" | "names">): readonly string[] {
  return [kind, ...names.map((name) => name.replace(/\p{Surrogate}/gu, "\ufffd"))];
}

/** What tells a record from all others. */
export function identityOf({ kind, names }: SnapshotRecord): string {
  return JSON.stringify([kind, ...names]);
}

/** What a filter may be set to: what the records have, and what it is set to, which those of another source may not have. */
export function choices(records: readonly SnapshotRecord[], filter: Filter) {
  const distinct = (values: readonly (string | null)[]) => [...new Set(values)].filter((value) => value !== null && value !== "").sort();
  return {
    widgetTypes: distinct([...records.map(({ widgetType }) => widgetType), filter.widgetType]),
    schemaVersions: distinct([...records.map(({ schemaVersion }) => schemaVersion), filter.schemaVersion]),
  };
}

function templates(items: Items): SnapshotRecord[] {
  return payload(items, "template").map(([id, data]) => {
    const { widgetType, schemaVersion, premium } = isObject(data) ? data : {};
    return record("template", [id], data, {
      widgetType: text(widgetType),
      schemaVersion: text(schemaVersion),
      premium: typeof premium === "boolean" ? premium : null,
    });
  });
}

function schemas(items: Items): SnapshotRecord[] {
  return payload(items, "schema").flatMap(([widgetType, versions]) =>
    Object.entries(isObject(versions) ? versions : {}).map(([schemaVersion, data]) =>
      record("schema", [widgetType, schemaVersion], data, { widgetType, schemaVersion, premium: null }),
    ),
  );
}

function plans(items: Items): SnapshotRecord[] {
  const none = { widgetType: null, schemaVersion: null, premium: null };
  return payload(items, "plan").map(([plan, data]) => record("plan", [plan], data, none));
}

function record(
  kind: Kind,
  names: readonly string[],
  data: Json,
  facets: Pick<SnapshotRecord, "widgetType" | "schemaVersion" | "premium">,
): SnapshotRecord {
  const title = names.join(" ");
  return { kind, names, title, data, ...facets, haystack: `${kind} ${title} ${JSON.stringify(data)}`.toLowerCase() };
}

function payload(items: Items, kind: Kind): [string, Json][] {
  const entry = items[storedKey(ENTRY_OF[kind])];
  return isObject(entry) && isObject(entry.payload) ? Object.entries(entry.payload) : [];
}

function text(value: Json | undefined): string | null {
  return typeof value === "string" ? value : null;
}
