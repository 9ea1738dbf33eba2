// One verdict in words, what to do if it is not well, and the figures behind it.
import { storedKey } from "@clickeen/atlas";
import { useLayoutEffect } from "preact/hooks";

import { isObject } from "../data/items";
import { standing } from "../data/standing";
import { ago, instant, milliseconds, plural } from "../data/words";
import { Badge } from "../parts/badge";
import { Nothing } from "../parts/nothing";
import { SizeBar } from "../parts/size-bar";
import { VENICE_WAITS_MS } from "../state/reach";
import { linkTo } from "../state/route";
import { sizesOf, verdictOf, type Snapshot } from "../state/snapshot";
import { judgement, now, reach, snapshot } from "../state/sources";

const UNKNOWN = "not known";

export function OverviewView() {
  const shown = snapshot.value;
  const judged = judgement.value?.snapshot === shown ? judgement.value : null;
  const verdict = shown === null ? null : verdictOf(shown);
  const { tone, headline, notes, todo } = standing(reach.value, verdict, judged);
  useLayoutEffect(() => {
    if (shown !== null && judged !== null) performance.measure("atlas:overview", { start: shown.arrivedAt, end: performance.now() });
  }, [shown, judged === null]);
  return (
    <>
      <section class={`standing ${tone}`} aria-live="polite" aria-label="Verdict">
        <h2>{headline}</h2>
        {notes.map((note) => (
          <p key={note}>{note}</p>
        ))}
        {todo && (
          <dl class="todo">
            <dt>At fault</dt>
            <dd>{todo.fault}</dd>
            <dt>What to do</dt>
            <dd>{todo.advice}</dd>
          </dl>
        )}
      </section>
      {shown === null ? <Nothing /> : <Figures shown={shown} />}
    </>
  );
}

function Figures({ shown }: { shown: Snapshot }) {
  const { version, updatedAt, checkedAt, checksum, writer } = manifestOf(shown);
  const source = reach.value;
  const age = (time: string | null) => (time === null ? UNKNOWN : `${ago(now.value - Date.parse(time))} (${instant(time)})`);
  return (
    <>
      <section aria-labelledby="figures">
        <h2 id="figures">The snapshot</h2>
        <dl class="figures">
          <dt>Version</dt>
          <dd>{version}</dd>
          <dt>Confirmed against Michael</dt>
          <dd>{age(checkedAt)}</dd>
          <dt>Last change</dt>
          <dd>{age(updatedAt)}</dd>
          <dt>Checksum</dt>
          <dd>
            <code class="checksum">{checksum}</code>
          </dd>
          <dt>Written by</dt>
          <dd>{writer}</dd>
          <dt>Read from</dt>
          <dd>
            {shown.name}
            {source.state === "answers" && source.ms !== null && `, in ${milliseconds(source.ms)} (Venice waits ${VENICE_WAITS_MS} ms)`}
          </dd>
        </dl>
      </section>
      <section aria-labelledby="sizes">
        <h2 id="sizes">Size</h2>
        <SizeBar sizes={sizesOf(shown)} />
      </section>
      <Verdicts shown={shown} />
    </>
  );
}

/** What the manifest says, if it is verified itself; of one that is not, its version with that warning. */
function manifestOf(shown: Snapshot) {
  const value = shown.items[storedKey("atlas:v1:manifest")];
  const stated = isObject(value) ? value : {};
  const verdict = verdictOf(shown).entries[0];
  const text = (member: unknown) => (typeof member === "string" ? member : null);
  const version = typeof stated.version === "number" ? String(stated.version) : UNKNOWN;
  if (verdict?.status !== "verified") {
    const unproven = version === UNKNOWN ? UNKNOWN : `${version}, not verified`;
    return { version: unproven, updatedAt: null, checkedAt: null, checksum: UNKNOWN, writer: UNKNOWN };
  }
  return {
    version,
    updatedAt: text(stated.updatedAt),
    checkedAt: text(stated.checkedAt),
    checksum: verdict.computed ?? UNKNOWN,
    writer: text(stated.writer) ?? UNKNOWN,
  };
}

function Verdicts({ shown }: { shown: Snapshot }) {
  return (
    <section aria-labelledby="verdicts">
      <h2 id="verdicts">Entries</h2>
      <ul class="verdicts">
        {verdictOf(shown).entries.map(({ key, status, reason, records }) => (
          <li key={key}>
            <a href={linkTo("entries")}>
              <code>{key}</code>
            </a>
            {records !== undefined && <span class="muted">{plural(records, "record")}</span>}
            <Badge tone={status === "verified" ? "good" : "bad"}>{reason ?? status}</Badge>
          </li>
        ))}
      </ul>
    </section>
  );
}
