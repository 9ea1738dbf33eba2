// Two snapshots side by side: the records that were added, changed and removed, and what changed inside each.
import type { Json } from "@clickeen/atlas";
import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";

import { diffRecords, type Change, type RecordDiff } from "../data/diff";
import { identityOf } from "../data/records";
import { plural } from "../data/words";
import { JsonText } from "../parts/json-text";
import { comparables, findEarlierStates, idOf, type Comparable } from "../state/comparable";
import { recordsIn, verdictOf, type Snapshot } from "../state/snapshot";
import { localFails, localSnapshot, snapshot } from "../state/sources";

/** Records of one sort that are listed. */
const MOST_LISTED = 200;

const WORDS = { added: "Added", changed: "Changed", removed: "Removed" } as const;

export function CompareView() {
  useEffect(() => {
    if (!localFails.peek()) void findEarlierStates();
  }, [localSnapshot.value, localFails.value]);
  const all = comparables();
  const shownId = idOf(snapshot.value);
  const after = useSide(all, (sides) => sides.find(({ id }) => id === shownId) ?? sides[0]);
  const before = useSide(all, (sides) => sides.find(({ id }) => id !== shownId) ?? sides[0]);
  return (
    <>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <Side name="Before" side={before} all={all} />
        <Side name="After" side={after} all={all} />
      </form>
      {all.length < 2 && <p class="notice">There is only one snapshot. Open a file to compare it with: drop it on this page, or paste a store's items.</p>}
      {before.problem !== null && <p class="notice bad">{before.problem}</p>}
      {after.problem !== null && <p class="notice bad">{after.problem}</p>}
      {before.snapshot !== null && after.snapshot !== null && all.length > 1 && <Comparison before={before.snapshot} after={after.snapshot} />}
    </>
  );
}

interface SideState {
  readonly id: string;
  readonly snapshot: Snapshot | null;
  readonly problem: string | null;
  readonly choose: (id: string) => void;
}

/** One side: what was chosen, or what suggests itself until something is. */
function useSide(all: readonly Comparable[], suggest: (all: readonly Comparable[]) => Comparable | undefined): SideState {
  const chosen = useSignal<string | null>(null);
  const loaded = useSignal<{ readonly id: string; readonly snapshot: Snapshot | null; readonly problem: string | null } | null>(null);
  const side = all.find(({ id }) => id === chosen.value) ?? suggest(all);
  const now = side?.id === "local" ? localSnapshot.value : null;
  useEffect(() => {
    if (side === undefined) return;
    let isWanted = true;
    const { id } = side;
    const settle = (snapshot: Snapshot | null, problem: string | null) => isWanted && (loaded.value = { id, snapshot, problem });
    side.load().then((snapshot) => settle(snapshot, null), (error: Error) => settle(null, error.message));
    return () => void (isWanted = false);
  }, [side?.id, now]);
  const isLoaded = loaded.value !== null && loaded.value.id === side?.id;
  return {
    id: side?.id ?? "",
    snapshot: isLoaded ? loaded.value!.snapshot : null,
    problem: isLoaded ? loaded.value!.problem : null,
    choose: (id) => (chosen.value = id),
  };
}

function Side({ name, side, all }: { name: string; side: SideState; all: readonly Comparable[] }) {
  return (
    <label class="wide">
      <span>{name}</span>
      <select value={side.id} onChange={(event) => side.choose(event.currentTarget.value)}>
        {all.map(({ id, label }) => (
          <option key={id} value={id}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}

function Comparison({ before, after }: { before: Snapshot; after: Snapshot }) {
  const diffs = useMemo(() => diffRecords(recordsIn(before), recordsIn(after)), [before, after]);
  const of = (what: RecordDiff["what"]) => diffs.filter((diff) => diff.what === what);
  return (
    <>
      <p role="status" class="summary">
        {versionOf(before)} → {versionOf(after)}:{" "}
        {diffs.length === 0
          ? "no record differs."
          : `${plural(of("added").length, "record")} added, ${of("changed").length} changed, ${of("removed").length} removed.`}
      </p>
      {(Object.keys(WORDS) as RecordDiff["what"][]).map((what) => (
        <Group key={what} what={what} diffs={of(what)} />
      ))}
    </>
  );
}

function Group({ what, diffs }: { what: RecordDiff["what"]; diffs: readonly RecordDiff[] }) {
  if (diffs.length === 0) return null;
  return (
    <section aria-labelledby={what}>
      <h2 id={what}>
        {WORDS[what]} ({diffs.length})
      </h2>
      {diffs.slice(0, MOST_LISTED).map((diff) => (
        <Record key={identityOf(diff.record)} diff={diff} isOpen={what === "changed" && diffs.length <= 3} />
      ))}
      {diffs.length > MOST_LISTED && <p class="muted">and {diffs.length - MOST_LISTED} more</p>}
    </section>
  );
}

function Record({ diff: { record, what, changes, hasMore }, isOpen }: { diff: RecordDiff; isOpen: boolean }) {
  const open = useSignal(isOpen);
  return (
    <details class={`diff ${what}`} open={isOpen} onToggle={(event) => (open.value = event.currentTarget.open)}>
      <summary>
        <span class="kind">{record.kind}</span> {record.title}
        {what === "changed" && <span class="muted"> {hasMore && "more than "}{plural(changes.length, "change")}</span>}
      </summary>
      {open.value && (what === "changed" ? <Changes title={`${record.kind} ${record.title}`} changes={changes} hasMore={hasMore} /> : <JsonText value={record.data} label={`${record.kind} ${record.title}`} />)}
    </details>
  );
}

function Changes({ title, changes, hasMore }: { title: string; changes: readonly Change[]; hasMore: boolean }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={`Changes in ${title}`}>
      <table>
        <thead>
          <tr>
            <th scope="col">Where</th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
          </tr>
        </thead>
        <tbody>
          {changes.map(({ path, before, after }) => (
            <tr key={JSON.stringify(path)}>
              <th scope="row">{path.join(" › ") || "the record"}</th>
              <td class="before">{shown(before)}</td>
              <td class="after">{shown(after)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {hasMore && <p class="muted">and more</p>}
    </div>
  );
}

function shown(value: Json | undefined) {
  if (value === undefined) return <span class="muted">nothing</span>;
  const text = JSON.stringify(value);
  return <code>{text.length > 400 ? `${text.slice(0, 400)} …` : text}</code>;
}

function versionOf(snapshot: Snapshot): string {
  const { version } = verdictOf(snapshot);
  return version === null ? "not verified" : `version ${version}`;
}
