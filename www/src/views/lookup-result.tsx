// The result of a tried lookup: the decision, the checks in order, the times, the log, the headers.
import type { Decision, FallbackReason, Json, LookupRequest } from "@clickeen/atlas";

import { CHECKS, causeOf, checkFor } from "../data/reasons";
import { ago, milliseconds } from "../data/words";
import { Badge } from "../parts/badge";
import { JsonText } from "../parts/json-text";
import type { Attempt } from "../state/attempt";

export function AttemptResult({ attempt: { request, decision, steps, events, checksSignatures } }: { attempt: Attempt }) {
  const message = events.find(({ reason }) => decision.source === "paris" && reason === decision.reason)?.message;
  return (
    <>
      <section class={`standing ${toneOf(decision)}`} aria-label="Decision">
        <h2>{headline(decision, message)}</h2>
        {decision.source === "atlas" && decision.warnings.map(({ code, message }) => <p key={code}>{`${code}: ${message}`}</p>)}
        {decision.source === "paris" && <p>{adviceFor(decision.reason, request)}</p>}
      </section>
      <div class="columns">
        <section aria-labelledby="checks">
          <h2 id="checks">Checks, in order</h2>
          <Checks decision={decision} message={message} checksSignatures={checksSignatures} />
        </section>
        <section aria-labelledby="steps">
          <h2 id="steps">Time of each step</h2>
          <dl class="figures">
            {steps.map(({ name, ms }) => [
              <dt key={name}>{name}</dt>,
              <dd key={`${name} ms`} class="number">{ms === null ? "not answered from memory" : milliseconds(ms)}</dd>,
            ])}
          </dl>
          <h2>Headers to Paris</h2>
          <Headers decision={decision} />
          <h2>Log events</h2>
          {events.length === 0 ? <p class="muted">Venice logs nothing.</p> : <pre class="log" tabIndex={0} role="region" aria-label="Log events as JSON">{events.map((event) => `${JSON.stringify(event)}\n`)}</pre>}
        </section>
      </div>
      <section aria-labelledby="decision">
        <h2 id="decision">The whole decision</h2>
        <JsonText value={decision as unknown as Json} label="The decision as JSON" />
      </section>
    </>
  );
}

function Checks({ decision, message, checksSignatures }: { decision: Decision; message: string | undefined; checksSignatures: boolean }) {
  const failedAt = decision.source === "atlas" ? CHECKS.length : CHECKS.findIndex(({ reason }) => reason === decision.reason);
  return (
    <ol class="checks">
      {CHECKS.map(({ reason, passes }, at) => {
        const state = stateOf(reason, at, failedAt, checksSignatures);
        return (
          <li key={reason} class={state.replace(" ", "-")}>
            <code>{reason}</code>
            <span>{state === "failed" ? causeOf(reason, message) : passes}</span>
            {state === "passed" || state === "failed" ? (
              <Badge tone={state === "passed" ? "good" : "bad"}>{state}</Badge>
            ) : (
              <span class="muted">{state}</span>
            )}
          </li>
        );
      })}
    </ol>
  );
}

/** A reader without a public key checks no signature. */
function stateOf(reason: FallbackReason, at: number, failedAt: number, checksSignatures: boolean) {
  if (at === failedAt) return "failed";
  if (at > failedAt) return "not reached";
  return reason === "signature_invalid" && !checksSignatures ? "not checked here" : "passed";
}

function Headers({ decision }: { decision: Decision }) {
  const headers = decision.source === "paris" ? Object.entries(decision.headers) : [];
  if (headers.length === 0) return <p class="muted">{decision.source === "atlas" ? "Paris is not asked." : "None."}</p>;
  return (
    <dl class="figures">
      {headers.map(([name, value]) => [<dt key={name}>{name}</dt>, <dd key={value}><code class="checksum">{value}</code></dd>])}
    </dl>
  );
}

function headline(decision: Decision, message: string | undefined): string {
  if (decision.source === "atlas") return `Venice serves it from Atlas, version ${decision.version}, confirmed against Michael ${ago(decision.ageMs)}.`;
  return `Venice fetches it from Paris: ${causeOf(decision.reason, message)} (${decision.reason}).`;
}

function adviceFor(reason: FallbackReason, { widgetType, schemaVersion }: LookupRequest): string {
  if (reason === "record_missing" && widgetType === null) return "An instance without a widget type is always served by Paris.";
  if (reason === "schema_version_mismatch" && schemaVersion === null) return "An instance without a schema version is always served by Paris.";
  return checkFor(reason).advice;
}

function toneOf(decision: Decision) {
  if (decision.source === "paris") return "bad";
  return decision.warnings.length > 0 ? "warn" : "good";
}
