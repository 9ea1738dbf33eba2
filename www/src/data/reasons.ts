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

const UNDER_LIVE = "The view Live shows whether a fault is switched on, and what the store counts.";

/** A file always answers, so a store that does not is the local one. */
export const CHECKS: readonly Check[] = [
  {
    reason: "not_configured", passes: "Venice has a client for the store", because: "it has no connection string",
    fault: "Venice", advice: "Set ATLAS_EDGE_CONFIG in Venice's environment, then deploy Venice again.",
  },
  {
    reason: "breaker_open", passes: "the breaker is closed", because: "three reads in a row have failed, so it asks the store only every 5 seconds",
    fault: "the store", advice: `It closes once a read succeeds. ${UNDER_LIVE}`,
  },
  {
    reason: "timeout", passes: "the store answers within 50 ms", because: "the store does not answer within 50 ms",
    fault: "the store", advice: `Nothing is lost while Paris answers. ${UNDER_LIVE}`,
  },
  {
    reason: "unavailable", passes: "the store's answer is not an error", because: "a read of the store failed",
    fault: "the store", advice: UNDER_LIVE,
  },
  {
    reason: "key_missing", passes: "the store has every key that the lookup needs", because: "the store lacks a key that the lookup needs",
    fault: "the store", advice: "Run atlas-sync sync: it publishes what is missing as a new version.",
  },
  {
    reason: "unsupported_format", passes: "every entry has format 1", because: "an entry has a format that Venice does not know",
    fault: "the snapshot", advice: "A later atlas-sync wrote it. Update @clickeen/atlas in Venice; until then, sync with the earlier atlas-sync.",
  },
  {
    reason: "corrupt", passes: "every entry is what was published", because: "an entry is not what was published",
    fault: "the snapshot", advice: "Run atlas-sync sync: it repairs a damaged store with a new version. The view Entries shows what differs.",
  },
  {
    reason: "signature_invalid", passes: "as many of the reader's public keys as it requires have signed the manifest", because: "the manifest is not signed as the reader requires",
    fault: "the snapshot", advice: "Run atlas-sync sync with the signing key that belongs to Venice's public key.",
  },
  {
    reason: "rollback", passes: "the version is not below one that was verified before", because: "the store went back to an older version",
    fault: "the store", advice: "Somebody has probably restored the store. Run atlas-sync sync --min-version with a number above the highest version.",
  },
  {
    reason: "clock_skew", passes: "the last sync is not more than 5 minutes in the future", because: "the last sync is in the future",
    fault: "the sync job", advice: "Compare the clock of the machine that runs atlas-sync with this one's, set the wrong one, then run atlas-sync sync.",
  },
  {
    reason: "expired", passes: "the last sync was at most 13 hours ago", because: "no sync has confirmed the snapshot for 13 hours",
    fault: "the sync job", advice: "No sync has succeeded since. See the job's log and its /healthz, then run atlas-sync sync.",
  },
  {
    reason: "record_missing", passes: "the snapshot has the widget type and the template", because: "the snapshot lacks a record that the instance names",
    fault: "Michael or the sync job", advice: "See whether Michael has the row. If he does, run atlas-sync sync.",
  },
  {
    reason: "schema_version_mismatch", passes: "the schema version is one of the type's, and the template's", because: "the schema version does not match",
    fault: "Michael or the sync job", advice: "See whether Michael has that version. If he does, run atlas-sync sync.",
  },
  {
    reason: "internal_error", passes: "Atlas itself works", because: "Atlas has a bug",
    fault: "Atlas itself", advice: "Keep the store's items and Venice's log, and file a bug with both.",
  },
];

export function checkFor(reason: FallbackReason): Check {
  return CHECKS.find((check) => check.reason === reason) ?? CHECKS.at(-1)!;
}

/** Why Venice goes to Paris. Some reasons have several causes: there the message of the reader that decided says which. */
export function causeOf(reason: FallbackReason, message: string | null | undefined): string {
  const { because } = checkFor(reason);
  if (!message) return because;
  const words = message.replace(/\.$/, "");
  if (reason === "record_missing" || reason === "schema_version_mismatch") return words;
  const isSaidMore = reason === "unavailable" || reason === "signature_invalid" || reason === "internal_error";
  return isSaidMore ? `${because}: ${words}` : because;
}
