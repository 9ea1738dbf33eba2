/**
 * `@clickeen/atlas-sync`: publishes what Michael says as one checksummed snapshot, which `@clickeen/atlas` reads at the
 * edge. Each function runs the binary `atlas-sync` once, and gives its report. For Node 20 or later.
 */

/** A whole number with its unit, such as `90s` or `6h`. */
export type Duration = `${number}${"ms" | "s" | "m" | "h"}`;

/** A logical key of the snapshot. */
export type AtlasKey =
  | "atlas:v1:manifest"
  | "atlas:v1:widgetTemplates"
  | "atlas:v1:widgetSchemas"
  | "atlas:v1:planHints";

/** One line of the binary's log. */
export interface LogEvent {
  readonly timestamp: string;
  readonly level: "ERROR" | "WARN" | "INFO" | "DEBUG" | "TRACE";
  /** `message`, and whatever else the line says. */
  readonly fields: { readonly message?: string; readonly [name: string]: unknown };
  /** The part of the program that wrote it. */
  readonly target: string;
  readonly [name: string]: unknown;
}

/** How a command is run. */
export interface CallOptions {
  /** Stops the run, which leaves a whole snapshot behind at any moment. It then rejects with the code `aborted`; a run that
   * was done already still resolves. */
  signal?: AbortSignal | undefined;
  /** Gets each line of the log. Default: each line goes to standard error, as JSON. `null`: none. */
  log?: ((event: LogEvent) => void) | null | undefined;
  /** Which lines are logged: `error`, `warn`, `info` (the default), `debug`, or a list such as `warn,atlas=debug`.
   * Variable: `ATLAS_LOG`. */
  logLevel?: string | undefined;
  /** Where relative paths start. Default: the working directory of this process. */
  cwd?: string | undefined;
  /** The environment of the binary. Default: `process.env`. Every option that is not given is taken from it. */
  env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** Which store, and how it is reached. What is not given is taken from the environment. */
export interface StoreOptions extends CallOptions {
  /** Where the snapshot is: `vercel`, or the state file of a local store. Variable: `ATLAS_STORE`. */
  store?: "vercel" | `file:${string}` | undefined;
  /** The id of the Edge Config, `ecfg_…`. Variable: `ATLAS_EDGE_CONFIG_ID`. */
  edgeConfigId?: string | undefined;
  /** The Vercel API token that opens the store. Variable: `ATLAS_EDGE_CONFIG_TOKEN`. */
  edgeConfigToken?: string | undefined;
  /** The team that owns the store. Variable: `VERCEL_TEAM_ID`. */
  teamId?: string | undefined;
  /** Another address of Vercel's REST API. Variable: `ATLAS_API_URL`. */
  apiUrl?: string | undefined;
  /** Which of Vercel's two names for the API is used. Variable: `ATLAS_API_NAME`. */
  apiName?: "edge-config" | "global-config" | undefined;
  /** How long the command may take in all, tries and waits included. Default: `60s`. Variable: `ATLAS_DEADLINE`. */
  deadline?: Duration | undefined;
  /** The most bytes that a snapshot may have. Default: 1 000 000. Variable: `ATLAS_MAX_BYTES`. */
  maxBytes?: number | undefined;
}

/** Options of {@link sync} and {@link plan}. */
export interface SyncOptions extends StoreOptions {
  /** Where Michael's rows are: a directory with one JSON file for each table, the address of his database, or `supabase`
   * for its REST API. Variable: `ATLAS_SOURCE`. */
  source?: "supabase" | "postgres" | `file:${string}` | `postgres://${string}` | `postgresql://${string}` | (string & {}) | undefined;
  /** A file with the CA certificates that the source's server is checked against. Variable: `ATLAS_SOURCE_CA_FILE`. */
  sourceCaFile?: string | undefined;
  /** With `supabase`: the project's address. Variable: `SUPABASE_URL`. */
  supabaseUrl?: string | undefined;
  /** With `supabase`: the key that may read the tables. Variable: `SUPABASE_SERVICE_ROLE_KEY`. */
  supabaseServiceRoleKey?: string | undefined;
  /** What a write to any store but a `file:` one needs beside the token. Variable: `INTERNAL_ADMIN_KEY`. */
  adminKey?: string | undefined;
  /** An unchanged snapshot is renewed once it is this old. Default: `6h`. Variable: `ATLAS_HEARTBEAT`. */
  heartbeat?: Duration | undefined;
  /** The key that signs each manifest, or two in a rotation: PEM, or a file that holds it. Variable: `ATLAS_SIGNING_KEY`. */
  signingKey?: string | undefined;
  /** The lowest version that may stand after the run. Variable: `ATLAS_MIN_VERSION`. */
  minVersion?: number | undefined;
  /** What becomes of rows that cannot be published. Default: `refuse`. Variable: `ATLAS_ON_BAD_ROW`. */
  onBadRow?: "refuse" | "quarantine" | undefined;
  /** Publish although a published schema version changed in place. Variable: `ATLAS_ALLOW_SCHEMA_CHANGE`. */
  allowSchemaChange?: boolean | undefined;
  /** Publish although more than 30 % of the published records are gone. Variable: `ATLAS_ALLOW_SHRINK`. */
  allowShrink?: boolean | undefined;
}

/** Options of {@link verify} and {@link status}. */
export interface LookOptions extends StoreOptions {
  /** The public keys, one or several with commas between, each as base64url, PEM or a file. Variable: `ATLAS_PUBLIC_KEY`. */
  publicKey?: string | undefined;
  /** How many of them must have signed. Default: 1. Variable: `ATLAS_SIGNATURES_REQUIRED`. */
  signaturesRequired?: number | undefined;
}

/** One entry of the snapshot. */
export interface EntryReport {
  /** Templates, (type, version) pairs, or plans. */
  readonly records: number;
  /** The length in canonical UTF-8, in bytes. */
  readonly bytes: number;
  /** Whether this run wrote it. */
  readonly written: boolean;
}

/** A record that differs from what stood before. */
export interface RecordChange {
  readonly key: AtlasKey;
  /** A template id, `type@version`, or a plan id. */
  readonly record: string;
  readonly change: "added" | "changed" | "removed";
}

/** A record that could not be published, and was left out. */
export interface Quarantined {
  readonly key: AtlasKey;
  /** Its name; `null` if the row does not name one. */
  readonly record: string | null;
  /** What was expected and found, and in which row. */
  readonly reason: string;
}

/** The hold on a restored snapshot: what keeps a sync from publishing. */
export interface Hold {
  /** When it ends by itself, RFC 3339; `null`: when `atlas-sync release` ends it. */
  readonly until: string | null;
  /** The backup that was restored. */
  readonly restoredFrom: string;
}

/** What a run did, or would do. */
export interface RunReport<Outcome extends string> {
  readonly outcome: Outcome;
  /** The name of the run in the logs. */
  readonly run: string;
  /** The version that stands now; for {@link plan}, the one that would. */
  readonly version: number;
  /** The version before, or `null` if none verified. */
  readonly previousVersion: number | null;
  /** The manifest's checksum, `sha256:…`. */
  readonly checksum: string;
  /** When the snapshot last changed, RFC 3339. */
  readonly updatedAt: string;
  /** When a sync last confirmed it, RFC 3339. */
  readonly checkedAt: string;
  readonly diff: { readonly added: number; readonly changed: number; readonly removed: number };
  /** Every record that differs. */
  readonly changes: readonly RecordChange[];
  /** The entries by logical key. */
  readonly entries: Readonly<Partial<Record<AtlasKey, EntryReport>>>;
  /** The length of the snapshot in canonical UTF-8, in bytes. */
  readonly bytes: number;
  /** The most that it may have, in bytes. */
  readonly maxBytes: number;
  /** What kept this run from publishing, or would have; left out if nothing did. */
  readonly hold?: Hold;
  /** What is odd, but published. */
  readonly warnings: readonly string[];
  readonly quarantined: readonly Quarantined[];
  /** The ids of the keys that signed the manifest, of those that the run knows: its own, and `ATLAS_PUBLIC_KEY`. */
  readonly signedBy: readonly string[];
  /** How long each step took, in milliseconds. */
  readonly stepsMs: Readonly<Record<string, number>>;
  /** How long the run took, in milliseconds. */
  readonly durationMs: number;
}

/** The report of {@link sync}. `held`: a restored snapshot is held, and nothing was published. */
export type SyncReport = RunReport<"published" | "unchanged" | "heartbeat" | "held">;

/** The report of {@link plan}. */
export type PlanReport = RunReport<"planned">;

/** The verdict on one key of the store. */
export interface EntryVerdict {
  readonly key: AtlasKey;
  readonly status: "verified" | "failed";
  /** Why it failed, as a lookup would say. */
  readonly reason?: string;
  /** What was expected and what was found. */
  readonly message?: string;
  /** The checksum that it should have. */
  readonly expected?: string;
  /** The checksum of its content. */
  readonly computed?: string;
  /** The snapshot in which it last changed. */
  readonly version?: number;
  readonly records?: number;
  /** Its length in canonical UTF-8, in bytes. */
  readonly bytes?: number;
}

/** An earlier state of the store, which `atlas-sync restore` can publish again. */
export interface BackupReport {
  readonly id: string;
  readonly writtenAt: string;
}

/** One signature of a manifest. */
export interface SignatureVerdict {
  /** The first 16 hex digits of the SHA-256 of the public key. */
  readonly keyId: string;
  /** `unknown_key`: no public key with this id was given. */
  readonly status: "verified" | "invalid" | "unknown_key";
}

/** What stands in a store. What is not known is `null`. */
export interface StatusReport {
  /** Which store. */
  readonly store: string;
  /** Whether every entry is verified. */
  readonly verified: boolean;
  readonly version: number | null;
  readonly checksum: string | null;
  readonly updatedAt: string | null;
  readonly checkedAt: string | null;
  /** Seconds since `checkedAt`; negative if it is ahead of this machine's clock. */
  readonly ageSeconds: number | null;
  /** What wrote it, such as `atlas-sync/0.1.0`. */
  readonly writer: string | null;
  /** The manifest's signatures, judged with the public keys that were given; of those of other keys, the first ten. */
  readonly signatures: readonly SignatureVerdict[];
  /** How many more there are. */
  readonly moreSignatures: number;
  /** The ids of those keys that have signed it. */
  readonly signedBy: readonly string[];
  /** What keeps a sync from publishing at this moment. */
  readonly hold: Hold | null;
  readonly bytes: number | null;
  readonly maxBytes: number;
  readonly percentUsed: number | null;
  readonly entries: readonly EntryVerdict[];
  /** The latest first; `null` if they were not asked for or cannot be read. */
  readonly backups: readonly BackupReport[] | null;
}

/** The report of {@link verify}: the store is whole. */
export type VerifyReport = StatusReport & { readonly verified: true };

/** What the binary printed for a run that failed, as far as it came. */
export interface FailureReport {
  readonly outcome?: "refused" | "failed";
  readonly error?: { readonly code: string; readonly message: string };
  /** Of {@link verify}: the verdict on each key. */
  readonly entries?: readonly EntryVerdict[] | Readonly<Record<string, never>>;
  readonly [name: string]: unknown;
}

/** The exit codes of the binary. */
export type ExitCode = 0 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 70 | 74 | 75 | 130;

/**
 * Why a command failed.
 *
 * `code` is a stable name: the one in the report (`usage`, `not_allowed`, `source_unreadable`, `rows_refused`,
 * `store_failed`, `store_unverified`, `locked` …), or one of this package's own: `aborted`, `unsupported_platform`,
 * `binary_missing`, `binary_not_started`, `killed`, `internal`.
 */
export class AtlasSyncError extends Error {
  readonly name: "AtlasSyncError";
  readonly code: string;
  /** The exit code of the binary; `null` if it was not started or was killed. 75: another run holds the lock. 2: wrong usage,
   * also where this package has refused an option. */
  readonly exitCode: ExitCode | null;
  /** What the binary printed, or `null`. */
  readonly report: FailureReport | null;
  private constructor();
}

/** Runs once: reads Michael, compares with the store, publishes what changed, reads it back. @throws {AtlasSyncError} */
export function sync(options?: SyncOptions): Promise<SyncReport>;

/** What a sync would change; writes nothing. @throws {AtlasSyncError} */
export function plan(options?: SyncOptions): Promise<PlanReport>;

/** Reads the store and verifies all of it, as a reader would. @throws {AtlasSyncError} with `exitCode` 8 if it is not whole */
export function verify(options?: LookOptions): Promise<VerifyReport>;

/** What stands in the store, verified or not. @throws {AtlasSyncError} if it cannot be read */
export function status(options?: LookOptions): Promise<StatusReport>;
