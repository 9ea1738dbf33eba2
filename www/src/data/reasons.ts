// The checks of the contract in their order, each with what its failure means for whoever is on call: which part is at
// fault, and what to do. The order and the names are the contract's; the verdict itself is always the package's.
import type { FallbackReason } from "@clickeen/atlas";

export type Fault = "Venice" | "the store" | "the snapshot" | "the sync job" | "Michael or the sync job" | "Atlas itself";

export interface Check {
  readonly reason: FallbackReason;
  /** What is true when it passes. */
  readonly passes: string;
  /** Why Venice goes to Paris when it does not. */
  readonly because: string;
  readonly fault: Fault;
  readonly advice: string;
}

export const CHECKS: readonly Check[] = [
  {
    reason: "not_configured", passes: "Venice has a client for the store", because: "it has no connection string",
    fault: "Venice", advice: "Set ATLAS_EDGE_CONFIG in Venice's environment, and deploy Venice again.",
  },
  {
    reason: "breaker_open", passes: "the breaker is closed", because: "three reads in a row have failed, so it asks the store only every 5 seconds",
    fault: "the store", advice: "Look at why reads fail: start the local store again, or look at Vercel's status page and at the read token.",
  },
  {
    reason: "timeout", passes: "the store answers within 50 ms", because: "the store does not answer within 50 ms",
    fault: "the store", advice: "Nothing is lost while Paris answers. Look at Vercel's status page; with the local store, look whether a fault is switched on (Live).",
  },
  {
    reason: "unavailable", passes: "the store's answer is no error", because: "the store does not answer, or answers with an error",
    fault: "the store", advice: "Start the local store again, or look at Vercel's status page and at the read token in ATLAS_EDGE_CONFIG.",
  },
  {
    reason: "key_missing", passes: "every key that is needed is in the store", because: "a key that it needs is not in the store",
    fault: "the store", advice: "Run atlas-sync sync: it publishes what is missing as a new version.",
  },
  {
    reason: "unsupported_format", passes: "every entry is of format 1", because: "an entry is of a format that it does not know",
    fault: "the snapshot", advice: "A later atlas-sync wrote it. Bring @clickeen/atlas in Venice up to date, or sync with the earlier one.",
  },
  {
    reason: "corrupt", passes: "every entry is what was published", because: "an entry is not what was published",
    fault: "the snapshot", advice: "Run atlas-sync sync: a store that does not verify is repaired with a new version. Entries shows what differs.",
  },
  {
    reason: "signature_invalid", passes: "the manifest's signature is right, where a public key is configured", because: "the manifest's signature is missing or wrong",
    fault: "the snapshot", advice: "Run atlas-sync sync with the signing key that belongs to Venice's public key.",
  },
  {
    reason: "rollback", passes: "the version is not below one that was verified before", because: "the store went back to an older version",
    fault: "the store", advice: "Somebody restored the store, most likely. Run atlas-sync sync --min-version with a number above the highest version.",
  },
  {
    reason: "clock_skew", passes: "the last sync is not more than 5 minutes in the future", because: "the last sync lies in the future",
    fault: "the sync job", advice: "Set the clock of the machine that runs atlas-sync (or of this one), then run atlas-sync sync.",
  },
  {
    reason: "expired", passes: "the last sync is at most 13 hours ago", because: "no sync has confirmed the snapshot for 13 hours",
    fault: "the sync job", advice: "The job has stopped. Look at its log and its /healthz, then run atlas-sync sync.",
  },
  {
    reason: "record_missing", passes: "the widget type, and the template, are in the snapshot", because: "the snapshot has no such template or widget type",
    fault: "Michael or the sync job", advice: "Look whether Michael has the row. If he has, run atlas-sync sync.",
  },
  {
    reason: "schema_version_mismatch", passes: "the schema version is the type's and the template's", because: "the instance's schema version is not in the snapshot, or not the template's",
    fault: "Michael or the sync job", advice: "Look whether Michael has that version. If he has, run atlas-sync sync.",
  },
  {
    reason: "internal_error", passes: "Atlas itself works", because: "Atlas has a bug",
    fault: "Atlas itself", advice: "Keep the store's items and Venice's log, and file a bug with both.",
  },
];

export function checkFor(reason: FallbackReason): Check {
  return CHECKS.find((check) => check.reason === reason) ?? CHECKS.at(-1)!;
}
