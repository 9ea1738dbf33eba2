// One verdict in words, what to do if it is not well, and the figures behind it.
import { Fragment } from "preact";
import { useLayoutEffect } from "preact/hooks";

import { UNKNOWN, manifestOf, type Hold } from "../data/manifest";
import { standing } from "../data/standing";
import { age, count, instant, milliseconds, plural } from "../data/words";
import { Badge } from "../parts/badge";
import { Nothing } from "../parts/nothing";
import { SizeBar } from "../parts/size-bar";
import { keyOptions, keys, required } from "../state/keys";
import { VENICE_WAITS_MS } from "../state/reach";
import { linkTo } from "../state/route";
import { sizesOf, verdictOf, type Snapshot } from "../state/snapshot";
import { judgement, now, reach, snapshot } from "../state/sources";
import { SignaturesSection } from "./signatures";

const MOST_SIGNERS = 4;
const LONGEST_ID = 64;

export function OverviewView() {
  const shown = snapshot.value;
  const judged = judgement.value?.snapshot === shown && judgement.value.options === keyOptions.value ? judgement.value : null;
  const verdict = shown === null ? null : verdictOf(shown);
  const hold = shown === null ? null : manifestOf(shown.items, verdict?.entries[0]).hold;
  const { tone, headline, spoken = headline, notes, todo } = standing({ reach: reach.value, verdict, judgement: judged, hold, now: now.value });
  useLayoutEffect(() => {
    if (shown !== null && judged !== null) performance.measure("atlas:overview", { start: shown.arrivedAt, end: performance.now() });
  }, [shown, judged === null]);
  return (
    <>
      <p role="status" class="spoken">
        {spoken}
      </p>
      <section class={`standing ${tone}`} aria-label="Verdict">
        <h2>{headline}</h2>
        {notes.map((note) => (
          <p key={note}>{note}</p>
        ))}
        {keys.value.length > 0 && (
          <p>
            Judged as by a reader with {plural(keys.value.length, "public key")} that requires {plural(required.value, "signature")}.
          </p>
        )}
        {todo && (
          <dl class="todo">
            {todo.fault !== undefined && (
              <>
                <dt>At fault</dt>
                <dd>{todo.fault}</dd>
              </>
            )}
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
  const { version, updatedAt, checkedAt, checksum, writer, hold, signers, members } = manifestOf(shown.items, verdictOf(shown).entries[0]);
  const source = reach.value;
  const told = (time: string | null) => (time === null ? UNKNOWN : `${age(now.value - Date.parse(time))} (${instant(time)})`);
  return (
    <>
      <section aria-labelledby="figures">
        <h2 id="figures">The snapshot</h2>
        <dl class="figures">
          <dt>Version</dt>
          <dd>{version}</dd>
          <dt>Confirmed against Michael</dt>
          <dd>{told(checkedAt)}</dd>
          <dt>Last change</dt>
          <dd>{told(updatedAt)}</dd>
          <dt>Checksum</dt>
          <dd>
            <code class="checksum">{checksum}</code>
          </dd>
          <dt>Written by</dt>
          <dd>{writer}</dd>
          <dt>Signatures</dt>
          <dd>
            <Signatures signers={signers} />
          </dd>
          {hold !== null && (
            <>
              <dt>Held</dt>
              <dd>{inWords(hold)}</dd>
            </>
          )}
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
      <SignaturesSection shown={shown} manifest={members} />
    </>
  );
}

/** Who is said to have signed. Without a public key the page verifies nothing. */
function Signatures({ signers }: { signers: readonly string[] | null }) {
  if (signers === null) return <>{UNKNOWN}</>;
  if (signers.length === 0) return <>none</>;
  return (
    <>
      {signers.slice(0, MOST_SIGNERS).map((id) => (
        <Fragment key={id}>
          by key <code>{id.slice(0, LONGEST_ID)}</code>,{" "}
        </Fragment>
      ))}
      {signers.length > MOST_SIGNERS && `and ${signers.length - MOST_SIGNERS} more, `}
      {keys.value.length === 0 ? "not verified here: the page has no public key" : "checked below"}
    </>
  );
}

function inWords({ restoredFrom, until }: Hold): string {
  const since = `since ${restoredFrom ? `backup ${restoredFrom}` : "a backup"} was restored`;
  return until === null ? `${since}, until atlas-sync release` : `${since}, until ${instant(new Date(until).toISOString())}`;
}

function Verdicts({ shown }: { shown: Snapshot }) {
  return (
    <section aria-labelledby="verdicts">
      <h2 id="verdicts">Entries</h2>
      <table class="verdicts">
        <thead>
          <tr>
            <th scope="col">Entry</th>
            <th scope="col">Records</th>
            <th scope="col">Verdict</th>
          </tr>
        </thead>
        <tbody>
          {verdictOf(shown).entries.map(({ key, status, reason, records }) => (
            <tr key={key}>
              <th scope="row">
                <a href={linkTo("entries", [key])}>
                  <code>{key}</code>
                </a>
              </th>
              <td class="number">{records === undefined ? "" : count(records)}</td>
              <td>
                <Badge tone={status === "verified" ? "good" : "bad"}>{reason ?? status}</Badge>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
