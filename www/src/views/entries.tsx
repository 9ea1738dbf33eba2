// Each entry of the snapshot: its verdict, its checksums, where its text departs from the canonical form, its raw text.
import { KEYS, storedKey, type EntryVerdict } from "@clickeen/atlas";
import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";

import { departure, type Excerpt } from "../data/canonical";
import { bytes, count, plural } from "../data/words";
import { Badge } from "../parts/badge";
import { LongText } from "../parts/json-text";
import { Nothing } from "../parts/nothing";
import { textsOf, verdictOf, type Snapshot } from "../state/snapshot";
import { snapshot } from "../state/sources";

export function EntriesView() {
  const shown = snapshot.value;
  if (shown === null) return <Nothing />;
  const known = new Set(KEYS.map(storedKey));
  const others = Object.keys(shown.items).filter((key) => !known.has(key));
  return (
    <>
      {verdictOf(shown).entries.map((verdict) => (
        <Entry key={verdict.key} shown={shown} verdict={verdict} />
      ))}
      {others.length > 0 && (
        <section class="card">
          <h2>Other keys in the store</h2>
          <p class="muted">
            <code>atlas_v1_rev_…</code> is the marker that guards a write. Atlas touches no key that is not its own.
          </p>
          {others.slice(0, 50).map((key) => (
            <Raw key={key} title={key} text={textsOf(shown).get(key) ?? ""} />
          ))}
          {others.length > 50 && <p class="muted">and {count(others.length - 50)} more</p>}
        </section>
      )}
    </>
  );
}

function Entry({ shown, verdict }: { shown: Snapshot; verdict: EntryVerdict }) {
  const { key, status, reason, message, expected, computed, version, records } = verdict;
  const text = textsOf(shown).get(storedKey(key));
  const isGood = status === "verified";
  return (
    <section class="card" aria-labelledby={key} data-key={key}>
      <header>
        <h2 id={key}>
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
      {text === undefined ? <p class="muted">The store does not hold it.</p> : <Stored shown={shown} verdict={verdict} text={text} />}
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
          {verdict.reason === "corrupt" && ": what is wrong is its content, not its order or spelling"}.
        </p>
      ) : (
        <>
          <p class="canonical">
            The stored text departs from its canonical form at character {count(found.at + 1)}
            {found.path.length > 0 && (
              <>
                , in <code>{found.path.join(" › ")}</code>
              </>
            )}
            {verdict.status === "verified" && ". Its content is what was published all the same"}.
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
