// All records of the snapshot, searched while typing; or the one record that the address names.
import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

import { NO_FILTER, choices, identityOf, matching, pathOf, recordAt, type Filter, type SnapshotRecord } from "../data/records";
import { count, plural } from "../data/words";
import { Nothing } from "../parts/nothing";
import { linkTo, route } from "../state/route";
import { recordsIn } from "../state/snapshot";
import { snapshot } from "../state/sources";
import { RecordView } from "./record";

/** Rows that are drawn at once: with more, a key press would take longer than a frame. */
const ROWS = 40;

const KINDS = { template: "templates", schema: "schemas", plan: "plans" };

export function RecordsView() {
  const shown = snapshot.value;
  const { path } = route.value;
  if (shown === null) return <Nothing />;
  const records = recordsIn(shown);
  return path.length > 0 ? <RecordView shown={shown} record={recordAt(records, path)} path={path} /> : <List records={records} />;
}

/** Kept while the page is open, so that the way back from a record leads to the same list. */
let lastFilter = NO_FILTER;

function List({ records }: { records: readonly SnapshotRecord[] }) {
  const filter = useSignal(lastFilter);
  const rows = useSignal(ROWS);
  const typedAt = useRef<number | null>(null);
  /** The row that has the focus next: the first of those that were asked for. */
  const nextRow = useRef<number | null>(null);
  const list = useRef<HTMLDivElement>(null);
  const found = matching(records, filter.value);
  const set = (change: Partial<Filter>) => {
    filter.value = lastFilter = { ...filter.value, ...change };
    rows.value = ROWS;
  };
  useLayoutEffect(() => {
    if (typedAt.current !== null) performance.measure("atlas:search", { start: typedAt.current, end: performance.now() });
    typedAt.current = null;
    if (nextRow.current !== null) list.current?.querySelectorAll<HTMLElement>(".rows a")[nextRow.current]?.focus();
    nextRow.current = null;
  });
  const showMore = () => {
    nextRow.current = rows.value;
    rows.value += ROWS * 5;
  };
  const search = useSearchKey();
  return (
    <div ref={list} onKeyDown={moveInList}>
      <Filters filter={filter.value} records={records} search={search} set={set} onType={() => (typedAt.current = performance.now())} />
      <p role="status">
        {found.length === records.length ? plural(records.length, "record") : `${count(found.length)} of ${plural(records.length, "record")}`}
      </p>
      {found.length === 0 && <p class="muted">{records.length === 0 ? "The snapshot holds no records." : "No record matches."}</p>}
      {found.length > 0 && <Rows records={found.slice(0, rows.value)} />}
      {found.length > rows.value && (
        <button type="button" onClick={showMore}>
          Show more
        </button>
      )}
    </div>
  );
}

interface FiltersProps {
  readonly filter: Filter;
  readonly records: readonly SnapshotRecord[];
  readonly search: preact.RefObject<HTMLInputElement | null>;
  readonly set: (change: Partial<Filter>) => void;
  readonly onType: () => void;
}

function Filters({ filter, records, search, set, onType }: FiltersProps) {
  const { widgetTypes, schemaVersions } = choices(records, filter);
  return (
    <form role="search" class="filters" onSubmit={(event) => event.preventDefault()}>
      <label class="wide">
        <span>Search</span>
        <input
          ref={search}
          type="search"
          value={filter.text}
          placeholder="An id, or any text in a record"
          aria-keyshortcuts="Control+K"
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => {
            onType();
            set({ text: event.currentTarget.value });
          }}
        />
      </label>
      <Choice name="Kind" value={filter.kind} options={KINDS} onChange={(kind) => set({ kind })} />
      <Choice name="Widget type" value={filter.widgetType} options={same(widgetTypes)} onChange={(widgetType) => set({ widgetType })} />
      <Choice name="Schema version" value={filter.schemaVersion} options={same(schemaVersions)} onChange={(schemaVersion) => set({ schemaVersion })} />
      <Choice name="Premium" value={filter.premium} options={{ true: "premium", false: "not premium" }} onChange={(premium) => set({ premium })} />
    </form>
  );
}

interface ChoiceProps {
  readonly name: string;
  readonly value: string;
  readonly options: Readonly<Record<string, string>>;
  readonly onChange: (value: string) => void;
}

function Choice({ name, value, options, onChange }: ChoiceProps) {
  return (
    <label>
      <span>{name}</span>
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">all</option>
        {Object.entries(options).map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

function Rows({ records }: { records: readonly SnapshotRecord[] }) {
  return (
    <table class="rows">
      <thead>
        <tr>
          <th scope="col" class="kinds">
            Kind
          </th>
          <th scope="col">Name</th>
          <th scope="col">Widget type</th>
          <th scope="col">Schema version</th>
        </tr>
      </thead>
      <tbody>
        {records.map((record) => (
          <Row key={identityOf(record)} record={record} />
        ))}
      </tbody>
    </table>
  );
}

/** The link covers the whole row. */
function Row({ record }: { record: SnapshotRecord }) {
  const { kind, names, title, widgetType, schemaVersion, premium } = record;
  return (
    <tr>
      <td>
        <span class="kind">{kind}</span>
      </td>
      <th scope="row">
        <a href={linkTo("records", pathOf(record))} aria-label={`${kind} ${title}`}>
          {names[0]}
        </a>{" "}
        {premium === true && <span class="tag">premium</span>}
      </th>
      <td class="muted">{widgetType}</td>
      <td class="muted">{schemaVersion}</td>
    </tr>
  );
}

/** Control and K move the focus to the search from anywhere. */
function useSearchKey(): preact.RefObject<HTMLInputElement | null> {
  const search = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      search.current?.select();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  return search;
}

/** The arrows go from the search into the list, and along it. */
function moveInList(event: preact.TargetedKeyboardEvent<HTMLDivElement>): void {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  if (document.activeElement instanceof HTMLSelectElement) return;
  const stops = [...event.currentTarget.querySelectorAll<HTMLElement>("input[type=search], .rows a")];
  const next = stops[stops.indexOf(document.activeElement as HTMLElement) + (event.key === "ArrowDown" ? 1 : -1)];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}

function same(values: readonly (string | null)[]): Record<string, string> {
  return Object.fromEntries(values.map((value) => [value ?? "", value ?? ""]));
}
