// The local store as a reader sees it, over the last minutes: hits and fallbacks, latency, the store's reads, the log.
import { useMemo } from "preact/hooks";

import { causeOf } from "../data/reasons";
import { milliseconds, plural } from "../data/words";
import { Badge } from "../parts/badge";
import { Plot, type Line } from "../parts/plot";
import { events, samples, type Sample } from "../state/live";
import { VENICE_WAITS_MS } from "../state/reach";
import { Faults } from "./faults";

/** Lookups over which the hit rate is taken. */
const RATE_OVER = 10;
const STRIP = 60;
/** Failed reads in a row after which the breaker opens, as the package has it. */
const FAILURES_TO_OPEN = 3;
const MOST_EVENTS = 20;

const LATENCY: readonly Line[] = [
  { label: "hit", colour: "--good", points: true },
  { label: "fallback", colour: "--bad", points: true },
  { label: "what Venice waits", colour: "--muted", dash: [4, 4] },
];
const RATE: readonly Line[] = [{ label: "hit rate", colour: "--accent", fill: true }];
const READS: readonly Line[] = [{ label: "reads", colour: "--accent", fill: true }];

export function LiveView() {
  const taken = samples.value;
  return (
    <>
      <p class="muted">
        This page runs a reader of its own, like the one in Venice. Once a second it looks up one instance in the local store, and it
        asks the store each time; Venice asks every 10 seconds.
      </p>
      <Faults />
      {taken.length === 0 ? <p class="muted">The first lookup is under way …</p> : <Taken taken={taken} />}
    </>
  );
}

function Taken({ taken }: { taken: readonly Sample[] }) {
  const plots = useMemo(() => plotData(taken), [taken]);
  const hits = taken.filter(({ reason }) => reason === null);
  const median = middle(taken.map(({ ms }) => ms));
  return (
    <>
      <Now taken={taken} />
      <Strip taken={taken.slice(-STRIP)} />
      <div class="plots">
        <section aria-labelledby="latency">
          <h2 id="latency">Latency of a lookup</h2>
          <p class="muted">
            Median {milliseconds(median)}. <span class="key good">●</span> hit, <span class="key bad">●</span> fallback, dashed: the {VENICE_WAITS_MS} ms that Venice waits.
          </p>
          <Plot label={`Latency of the last ${taken.length} lookups, median ${milliseconds(median)}`} unit="ms" lines={LATENCY} data={plots.latency} atLeast={60} />
        </section>
        <section aria-labelledby="rate">
          <h2 id="rate">Hit rate</h2>
          <p class="muted">
            {hits.length} hits in {plural(taken.length, "lookup")}. The line averages {RATE_OVER} lookups.
          </p>
          <Plot label={`Hit rate: ${hits.length} hits in ${taken.length} lookups`} unit="%" lines={RATE} data={plots.rate} atLeast={100} />
        </section>
        <section aria-labelledby="reads">
          <h2 id="reads">Reads counted by the store</h2>
          <p class="muted">For each lookup, with this page's own reads.</p>
          <Plot label="Reads counted by the store for each lookup" unit="" lines={READS} data={plots.reads} atLeast={4} />
        </section>
        <Reasons taken={taken} />
      </div>
      <Log />
    </>
  );
}

/** The last decision, and what the breaker does. */
function Now({ taken }: { taken: readonly Sample[] }) {
  const last = taken.at(-1)!;
  const isOpen = breakerIsOpen(taken);
  return (
    <dl class="figures now" aria-live="polite">
      <dt>Last lookup</dt>
      <dd>
        {last.reason === null ? <Badge tone="good">hit, version {last.version}</Badge> : <Badge tone="bad">fallback: {last.reason}</Badge>}
      </dd>
      <dt>Breaker</dt>
      <dd>{isOpen ? <Badge tone="bad">open: the store is asked every 5 seconds</Badge> : <Badge tone="good">closed</Badge>}</dd>
    </dl>
  );
}

/** From the third failed read in a row on, until one succeeds. */
function breakerIsOpen(taken: readonly Sample[]): boolean {
  const isFailure = ({ reason }: Sample) => reason === "timeout" || reason === "unavailable" || reason === "breaker_open";
  const failures = taken.slice(taken.findLastIndex((sample) => !isFailure(sample)) + 1);
  return failures.length >= FAILURES_TO_OPEN;
}

function Strip({ taken }: { taken: readonly Sample[] }) {
  const misses = taken.filter(({ reason }) => reason !== null).length;
  return (
    <div class="strip" role="img" aria-label={`The last ${taken.length} lookups: ${taken.length - misses} hits, ${misses} fallbacks`}>
      {taken.map(({ at, reason }) => (
        <span key={at} class={reason === null ? "good" : reason === "breaker_open" ? "open" : "bad"} title={reason ?? "hit"} />
      ))}
    </div>
  );
}

function Reasons({ taken }: { taken: readonly Sample[] }) {
  const counts = new Map<string, number>();
  for (const { reason } of taken) counts.set(reason ?? "hit", (counts.get(reason ?? "hit") ?? 0) + 1);
  const lastProblem = (name: string) => taken.findLast(({ reason }) => reason === name)?.problem;
  return (
    <section aria-labelledby="reasons">
      <h2 id="reasons">Decisions and reasons</h2>
      <table class="reasons">
        <thead>
          <tr>
            <th scope="col">Decision</th>
            <th scope="col">Lookups</th>
          </tr>
        </thead>
        <tbody>
          {[...counts].map(([name, count]) => (
            <tr key={name}>
              <th scope="row">
                <code>{name}</code> {name !== "hit" && <span class="muted">{causeOf(name as NonNullable<Sample["reason"]>, lastProblem(name))}</span>}
              </th>
              <td class="number">{count}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Log() {
  const logged = events.value.slice(0, MOST_EVENTS);
  return (
    <section aria-labelledby="log">
      <h2 id="log">Log events</h2>
      {logged.length === 0 ? (
        <p class="muted">Venice would have logged nothing.</p>
      ) : (
        <pre class="log" tabIndex={0} role="region" aria-label="Log events as JSON">
          {logged.map(({ at, ...event }) => `${new Date(at).toISOString()} ${JSON.stringify(event)}\n`)}
        </pre>
      )}
    </section>
  );
}

function plotData(taken: readonly Sample[]) {
  const times = taken.map(({ at }) => at / 1_000);
  const only = (isHit: boolean) => taken.map(({ ms, reason }) => ((reason === null) === isHit ? ms : null));
  const rate = taken.map((_, at) => {
    const window = taken.slice(Math.max(0, at + 1 - RATE_OVER), at + 1);
    return (window.filter(({ reason }) => reason === null).length / window.length) * 100;
  });
  return {
    latency: [times, only(true), only(false), times.map(() => VENICE_WAITS_MS)] as uPlot.AlignedData,
    rate: [times, rate] as uPlot.AlignedData,
    reads: [times, taken.map(({ reads }) => reads)] as uPlot.AlignedData,
  };
}

function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
