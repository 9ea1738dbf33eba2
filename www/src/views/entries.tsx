// Each entry of the snapshot: its verdict, its checksums, where its text differs from the canonical form, its raw text.
import { KEYS, storedKey, type EntryVerdict } from "@clickeen/atlas";
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";

import { departure, type Excerpt } from "../data/canonical";
import { markedVersion } from "../data/marker";
import { bytes, count, plural } from "../data/words";
import { Badge } from "../parts/badge";
import { LongText } from "../parts/json-text";
import { Nothing } from "../parts/nothing";
import { route } from "../state/route";
import { textsOf, verdictOf, type Snapshot } from "../state/snapshot";
import { snapshot } from "../state/sources";

const MOST_LISTED = 50;

export function EntriesView() {
  const shown = snapshot.value;
  const [named] = route.value.path;
  if (shown === null) return <Nothing />;
  const known = new Set(KEYS.map(storedKey));
  const rest = Object.keys(shown.items).filter((key) => !known.has(key));
  return (
    <>
      {verdictOf(shown).entries.map((verdict) => (
        <Entry key={verdict.key} shown={shown} verdict={verdict} isNamed={verdict.key === named} />
      ))}
      <Rest title="Revision marker" shown={shown} keys={rest.filter((key) => markedVersion(key) !== null)}>
        Each version is written together with its marker, and the marker before it is deleted, so that of two writers only one succeeds.
      </Rest>
      <Rest title="Other keys in the store" shown={shown} keys={rest.filter((key) => markedVersion(key) === null)}>
        Atlas does not touch these.
      </Rest>
    </>
  );
}

/** Keys that are no entries: nothing if there are none. */
function Rest({ title, shown, keys, children }: { title: string; shown: Snapshot; keys: readonly string[]; children: ComponentChildren }) {
  if (keys.length === 0) return null;
  return (
    <section class="card">
      <h2>{title}</h2>
      <p class="muted">{children}</p>
      {keys.slice(0, MOST_LISTED).map((key) => (
        <Raw key={key} title={key} text={textsOf(shown).get(key) ?? ""} />
      ))}
      {keys.length > MOST_LISTED && <p class="muted">and {count(keys.length - MOST_LISTED)} more</p>}
    </section>
  );
}

function Entry({ shown, verdict, isNamed }: { shown: Snapshot; verdict: EntryVerdict; isNamed: boolean }) {
  const { key, status, reason, message, expected, computed, version, records } = verdict;
  const text = textsOf(shown).get(storedKey(key));
  const isGood = status === "verified";
  return (
    <section class="card" aria-labelledby={key} aria-current={isNamed ? "location" : undefined} data-key={key}>
      <header>
        <h2 id={key} tabIndex={isNamed ? -1 : undefined} data-place={isNamed ? "" : undefined}>
          <code>{key}</code>
        </h2>
        <Badge tone={isGood ? "good" : "bad"}>{isGood ? "verified" : `failed: ${reason}`}</Badge>
      </header>
      {message !== undefined && <p class="message">{message}</p>}
      <dl class="figures">
        {expected !== undefined && <Figure name="Expected" value={expected} mono />}
        {computed !== undefined && <Figure name={isGood ? "Checksum" : "Computed"} value={computed} mono />}
        {version !== undefined && <Figure name="Version" value={count(version)} />}
        {records !== undefined && <Figure name="Records" value={count(records)} />}
        {verdict.bytes !== undefined && <Figure name="Length" value={bytes(verdict.bytes)} />}
      </dl>
      {text === undefined ? <p class="muted">The store does not have this entry.</p> : <Stored shown={shown} verdict={verdict} text={text} />}
    </section>
  );
}

function Figure({ name, value, mono = false }: { name: string; value: string; mono?: boolean }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{mono ? <code class="checksum">{value}</code> : value}</dd>
    </>
  );
}

function Stored({ shown, verdict, text }: { shown: Snapshot; verdict: EntryVerdict; text: string }) {
  const value = shown.items[storedKey(verdict.key)]!;
  const found = useMemo(() => departure(text, value), [text, value]);
  return (
    <>
      {found === undefined ? (
        <p class="canonical">
          The stored text is in its canonical form
          {verdict.reason === "corrupt" && ", so it is the content that differs from what was published"}.
        </p>
      ) : (
        <>
          <p class="canonical">
            The stored text differs from its canonical form at character {count(found.at + 1)}
            {found.path.length > 0 && (
              <>
                , in <code>{found.path.join(" › ")}</code>
              </>
            )}
            {verdict.status === "verified" && ". Its content is still what was published"}.
          </p>
          <dl class="figures excerpts">
            <dt>Stored</dt>
            <dd>
              <Marked excerpt={found.stored} />
            </dd>
            <dt>Canonical</dt>
            <dd>
              <Marked excerpt={found.canonical} />
            </dd>
          </dl>
        </>
      )}
      <Raw title={`Raw text, ${plural(text.length, "character")}`} text={text} />
    </>
  );
}

function Marked({ excerpt: { before, after } }: { excerpt: Excerpt }) {
  return (
    <code class="excerpt">
      {before}
      <mark>{after || " "}</mark>
    </code>
  );
}

/** Drawn only once it is opened: a raw text may be long. */
function Raw({ title, text }: { title: string; text: string }) {
  const isOpen = useSignal(false);
  return (
    <details onToggle={(event) => (isOpen.value = event.currentTarget.open)}>
      <summary>{title}</summary>
      {isOpen.value && <LongText text={text} label={title} />}
    </details>
  );
}
