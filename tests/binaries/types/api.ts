// Uses every member of the package's types, as a user with strict settings would, and what must not be accepted.
// Compiled only, never run.
import {
  AtlasSyncError,
  plan,
  status,
  sync,
  verify,
  type AtlasKey,
  type BackupReport,
  type CallOptions,
  type Duration,
  type EntryReport,
  type EntryVerdict,
  type ExitCode,
  type FailureReport,
  type Hold,
  type LogEvent,
  type LookOptions,
  type PlanReport,
  type Quarantined,
  type RecordChange,
  type RunReport,
  type SignatureVerdict,
  type StatusReport,
  type StoreOptions,
  type SyncOptions,
  type SyncReport,
  type VerifyReport,
} from "@clickeen/atlas-sync";

const heartbeat: Duration = "6h";
const call: CallOptions = {
  signal: AbortSignal.timeout(60_000),
  log: (event: LogEvent) => [event.timestamp, event.level, event.fields.message, event.fields["version"], event.target],
  logLevel: "warn",
  cwd: ".",
  env: { HOME: undefined },
};
const store: StoreOptions = {
  ...call,
  store: "vercel",
  edgeConfigId: "ecfg_1",
  edgeConfigToken: "token",
  teamId: undefined,
  apiUrl: "https://example.com",
  apiName: "global-config",
  deadline: "60s",
  maxBytes: 1_000_000,
};
const options = {
  ...store,
  source: "supabase",
  sourceCaFile: "ca.pem",
  supabaseUrl: "https://example.com",
  supabaseServiceRoleKey: "key",
  adminKey: "key",
  heartbeat,
  signingKey: "key.pem",
  minVersion: 0,
  onBadRow: "quarantine",
  allowSchemaChange: false,
  allowShrink: false,
} satisfies SyncOptions;

/** A variable that may not be set is handed on as it is. */
export async function job(address: string | undefined): Promise<SyncReport> {
  return sync({ ...options, source: address, log: null });
}

export async function all(): Promise<unknown[]> {
  const look: LookOptions = { ...store, publicKey: "key.pub", signaturesRequired: 1 };
  const planned: PlanReport = await plan(options);
  const verified: VerifyReport = await verify(look);
  const standing: StatusReport = await status();
  const certain: true = verified.verified;
  return [planned.outcome, certain, shown(standing), await sync()];
}

export function outcome(report: SyncReport): string {
  const { outcome } = report;
  switch (outcome) {
    case "published":
    case "unchanged":
    case "heartbeat":
    case "held":
      return members(report).join();
    default:
      return outcome satisfies never;
  }
}

function members(report: RunReport<string>): unknown[] {
  const { run, version, previousVersion, checksum, updatedAt, checkedAt, diff, changes, entries } = report;
  const { bytes, maxBytes, hold, warnings, quarantined, signedBy, stepsMs, durationMs } = report;
  const key: AtlasKey = "atlas:v1:planHints";
  const entry: EntryReport | undefined = entries[key];
  const { added, changed, removed } = diff;
  const told = changes.map(({ key, record, change }: RecordChange) => `${key} ${record} ${change}`);
  const left = quarantined.map(({ key, record, reason }: Quarantined) => `${key} ${record ?? "?"} ${reason}`);
  const numbers: number[] = [version, previousVersion ?? 0, added, changed, removed, bytes, maxBytes, durationMs];
  const times: (number | undefined)[] = [stepsMs["read"]];
  return [run, checksum, updatedAt, checkedAt, heldBy(hold), warnings, signedBy, told, left, numbers, times, entry?.records, entry?.written];
}

function shown(report: StatusReport): unknown[] {
  const { store, verified, version, ageSeconds, writer, hold, percentUsed, entries, backups, signatures, moreSignatures, signedBy } = report;
  const signed = signatures.map(({ keyId, status }: SignatureVerdict) => `${keyId} ${status}`);
  const verdicts = entries.map((entry: EntryVerdict) => [entry.key, entry.status, entry.reason, entry.message, entry.expected, entry.computed]);
  const kept = backups?.map(({ id, writtenAt }: BackupReport) => `${id} ${writtenAt}`) ?? [];
  return [store, verified, version, ageSeconds, writer, heldBy(hold), percentUsed, verdicts, kept, signed, moreSignatures, signedBy];
}

function heldBy(hold: Hold | null | undefined): string {
  return hold ? `${hold.restoredFrom} until ${hold.until ?? "released"}` : "not held";
}

export function why(error: unknown): string {
  if (!(error instanceof AtlasSyncError)) throw error;
  const { name, code, exitCode, report, message, cause } = error;
  const exit: ExitCode | null = exitCode;
  const failed: FailureReport | null = report;
  if (exit === 75) return "another run holds the lock";
  return [name, code, message, cause, failed?.outcome, failed?.error?.code].join();
}

// @ts-expect-error: no such option
void sync({ sourc: "x" });
// @ts-expect-error: a look needs no source
void verify({ source: "supabase" });
// @ts-expect-error: a duration has a unit
void sync({ deadline: "60" });
// @ts-expect-error: only these stores
void sync({ store: "s3" });
// @ts-expect-error: errors are the package's to make
void new AtlasSyncError("x");
