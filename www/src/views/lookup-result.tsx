// What a lookup that was tried out came to: the decision, the checks in their order, the times, the log, the headers.
import type { Decision, Json } from "@clickeen/atlas";

import { CHECKS, checkFor } from "../data/reasons";
import { ago, milliseconds } from "../data/words";
import { Badge } from "../parts/badge";
import { JsonText } from "../parts/json-text";
import type { Attempt } from "../state/attempt";

export function AttemptResult({ attempt: { decision, steps, events } }: { attempt: Attempt }) {
  return (
    <>
      <section class={`standing ${toneOf(decision)}`} aria-label="Decision">
        <h2>{headline(decision)}</h2>
        {decision.source === "atlas" && decision.warnings.map(({ code, message }) => <p key={code}>{`${code}: ${message}`}</p>)}
        {decision.source === "paris" && <p>{checkFor(decision.reason).advice}</p>}
      </section>
      <div class="columns">
        <section aria-labelledby="checks">
          <h2 id="checks">Checks, in their order</h2>
          <Checks decision={decision} />
        </section>
        <section aria-labelledby="steps">
          <h2 id="steps">Time of each step</h2>
          <dl class="figures">
            {steps.map(({ name, ms }) => [
              <dt key={name}>{name}</dt>,
              <dd key={`${name} ms`} class="number">{ms === null ? "asks the store each time" : milliseconds(ms)}</dd>,
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

function Checks({ decision }: { decision: Decision }) {
  const failedAt = decision.source === "atlas" ? CHECKS.length : CHECKS.findIndex(({ reason }) => reason === decision.reason);
  return (
    <ol class="checks">
      {CHECKS.map(({ reason, passes, because }, at) => {
        const state = at < failedAt ? "passed" : at === failedAt ? "failed" : "not reached";
        return (
          <li key={reason} class={state.replace(" ", "-")}>
            <code>{reason}</code>
            <span>{state === "failed" ? because : passes}</span>
            {state === "not reached" ? <span class="muted">not reached</span> : <Badge tone={state === "passed" ? "good" : "bad"}>{state}</Badge>}
          </li>
        );
      })}
    </ol>
  );
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

function headline(decision: Decision): string {
  if (decision.source === "atlas") return `Venice serves it from Atlas, version ${decision.version}, confirmed against Michael ${ago(decision.ageMs)}.`;
  return `Venice fetches it from Paris: ${checkFor(decision.reason).because} (${decision.reason}).`;
}

function toneOf(decision: Decision) {
  if (decision.source === "paris") return "bad";
  return decision.warnings.length > 0 ? "warn" : "good";
}
