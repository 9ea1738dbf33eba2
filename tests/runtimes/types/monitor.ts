// Uses every member of the types of `@clickeen/atlas/monitor`, as Paris would. Compiled only, never run.
import { AtlasMonitor, type AtlasMonitorOptions, type HeadersLike, type KnownSnapshot, type Observed, type RefreshHint } from "@clickeen/atlas/monitor";
import { type AtlasHealth, verifySnapshot } from "@clickeen/atlas";

const options: AtlasMonitorOptions = { now: () => Date.now(), maxAgeMs: 46_800_000 };

export const monitors: AtlasMonitor[] = [new AtlasMonitor(), new AtlasMonitor(options), new AtlasMonitor({ now: undefined, maxAgeMs: undefined })];

export function take(monitor: AtlasMonitor, request: Request): string {
  const nodes: HeadersLike = { "atlas-stats": "lookups=1", cookie: ["a", "b"] };
  monitor.observe(nodes);
  monitor.observe({ get: () => null });
  const { stats, hint, refused }: Observed = monitor.observe(request.headers);
  return `${stats?.lookups} ${hint && hinted(hint)} ${refused.map(({ header, message }) => `${header}: ${message}`).join()}`;
}

function hinted({ reason, version }: RefreshHint): string {
  // @ts-expect-error: what no sync can mend is no reason to ask for one
  if (reason === "timeout") return "";
  return `${reason} ${version ?? 0}`;
}

export function health(monitor: AtlasMonitor, known: KnownSnapshot): AtlasHealth[] {
  const { version, checksum, checkedAt, lastSyncAt, verified } = known;
  const given = [{ version, checksum, lastSyncAt }, { version, checksum, checkedAt, lastSyncAt, verified }, monitor.health(), verifySnapshot({})];
  return [monitor.health(), monitor.health(null), ...given.map((snapshot) => monitor.health(snapshot))];
}

// @ts-expect-error: headers are an object
monitors[0]?.observe("lookups=1");
