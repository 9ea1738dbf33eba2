// The one verdict of the overview, in words: what Venice does with this snapshot now, whose fault it is, what to do.
import type { Decision, SnapshotVerdict } from "@clickeen/atlas";

import type { Judgement } from "../state/judge";
import type { StoreFailure } from "../state/local-store";
import type { Reach } from "../state/reach";
import type { Hold } from "./manifest";
import { causeOf, checkFor, type Check } from "./reasons";
import { age, ago, duration, instant } from "./words";

export type Tone = "good" | "warn" | "bad";

export interface Standing {
  readonly tone: Tone;
  readonly headline: string;
  /** The headline for a screen reader, if an age in it would be read out again and again. */
  readonly spoken?: string;
  /** What there is to know beside it. */
  readonly notes: readonly string[];
  /** What to do, and who is at fault if anybody is; nothing when all is well. */
  readonly todo?: { readonly fault?: string; readonly advice: string };
}

/** A sync confirms an unchanged snapshot every 6 hours, and runs every hour: after that it is late. */
const LATE_MS = 7.5 * 3_600_000;

/** What the local store's failure to answer means, by how it failed. */
const FAILURES: Readonly<Record<StoreFailure, { readonly because: string; readonly advice: string }>> = {
  unreachable: { because: "the local store cannot be reached", advice: "Start it again: atlas-sync dev." },
  silent: { because: "the local store does not answer", advice: "See under Live whether a fault is switched on. If none is, start the store again." },
  error: { because: "the local store answers with an error", advice: "See under Live whether a fault is switched on. If none is, the error itself says what is wrong." },
};

/** What is known of what the page shows. */
interface Known {
  readonly reach: Reach;
  readonly verdict: SnapshotVerdict | null;
  readonly judgement: Judgement | null;
  readonly hold: Hold | null;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

/** What to say of a snapshot, and of the store that it came from. */
export function standing({ reach, verdict, judgement, hold, now }: Known): Standing {
  if (reach.state === "fails") return unreachable(reach.failure, reach.problem, verdict !== null);
  if (judgement === null || verdict === null) return { tone: "warn", headline: "Reading the store …", notes: [] };
  if (reach.state === "late") return late(reach.ms);
  const { decision } = judgement;
  if (decision.source === "paris") return fallingBack(judgement, verdict, now);
  const served = serving(decision, verdict, now);
  return hold === null ? served : held(served, hold, now);
}

function unreachable(failure: StoreFailure, problem: string, wasRead: boolean): Standing {
  const { because, advice } = FAILURES[failure];
  const notes = failure === "unreachable" ? [] : [problem];
  if (wasRead) notes.push("The figures below are from the last read that succeeded.");
  return { tone: "bad", headline: `Venice fetches from Paris: ${because}.`, notes, todo: { fault: "the store", advice } };
}

function late(ms: number): Standing {
  const { because, fault, advice } = checkFor("timeout");
  const note = `The last read took ${Math.round(ms)} ms. The figures below are from that read.`;
  return { tone: "bad", headline: `Venice fetches from Paris: ${because}.`, notes: [note], todo: { fault, advice } };
}

function serving(hit: Extract<Decision, { source: "atlas" }>, verdict: SnapshotVerdict, now: number): Standing {
  const spoken = `Venice serves version ${hit.version} from Atlas.`;
  const headline = `Venice serves version ${hit.version} from Atlas, confirmed against Michael ${age(since(verdict, now))}.`;
  const bad = verdict.entries.filter(({ status }) => status === "failed");
  if (bad.length > 0) {
    const hints = `${bad.map(({ key }) => key).join(", ")} cannot be served: branding stays enforced and every feature off.`;
    const { fault, advice } = checkFor(bad[0]!.reason ?? "corrupt");
    return { tone: "warn", headline, spoken, notes: [hints], todo: { fault, advice } };
  }
  if (hit.ageMs > LATE_MS) {
    const left = 13 * 3_600_000 - hit.ageMs;
    const note = `A sync should confirm the snapshot every 6 hours. Venice serves it for another ${duration(left)}.`;
    return { tone: "warn", headline, spoken, notes: [note], todo: { fault: "the sync job", advice: checkFor("expired").advice } };
  }
  return { tone: "good", headline, spoken, notes: [] };
}

/** A hold is somebody's decision and no fault, but while it lasts no change of Michael's reaches Venice. */
function held({ tone, notes, todo, ...words }: Standing, hold: Hold, now: number): Standing {
  const from = hold.restoredFrom ? `backup ${hold.restoredFrom}` : "a backup";
  if (hold.until !== null && hold.until <= now) {
    const over = `Its hold since ${from} was restored ended ${ago(now - hold.until)}: the next sync publishes Michael's rows again.`;
    return { ...words, tone, notes: [...notes, over], ...(todo && { todo }) };
  }
  const until = hold.until === null ? "until atlas-sync release" : `until ${instant(new Date(hold.until).toISOString())}, or until atlas-sync release`;
  const note = `It is held since ${from} was restored: syncs renew it and publish nothing of Michael's ${until}.`;
  const release = { advice: "Correct Michael's rows, then run atlas-sync release." };
  return { ...words, tone: "warn", notes: [...notes, note], todo: todo ?? release };
}

function fallingBack({ decision, withoutTemplate, highest, message }: Judgement, verdict: SnapshotVerdict, now: number): Standing {
  const check = checkFor(decision.source === "paris" ? decision.reason : "internal_error");
  const partly = withoutTemplate.source === "atlas";
  const who = partly ? "for widgets with a template" : "";
  const headline = `Venice fetches from Paris${who && ` ${who}`}: ${because(check, verdict, { highest, message }, now)}.`;
  const notes = verdict.entries.filter(({ status }) => status === "failed").map(({ key, message }) => `${key}: ${message ?? "failed"}`);
  if (partly) notes.push("Widgets without a template are served from Atlas.");
  if (isKeptInMemory(check, verdict)) notes.push("An instance of Venice that has verified this snapshot before keeps serving it from memory.");
  return { tone: "bad", headline, notes, todo: { fault: check.fault, advice: advice(check, highest) } };
}

/** While the manifest is the same, a reader does not read again what it has verified. */
function isKeptInMemory({ reason }: Check, { entries }: SnapshotVerdict): boolean {
  const isOfOneEntry = reason === "key_missing" || reason === "unsupported_format" || reason === "corrupt";
  return isOfOneEntry && entries[0]?.status === "verified";
}

/** How long ago the snapshot was confirmed; less than nothing where the clock of whoever did that is ahead. */
function since({ checkedAt }: SnapshotVerdict, now: number): number {
  return checkedAt === null ? 0 : now - Date.parse(checkedAt);
}

function because({ reason, because }: Check, verdict: SnapshotVerdict, { highest, message }: Pick<Judgement, "highest" | "message">, now: number): string {
  const { version, entries } = verdict;
  const failed = entries.filter((entry) => entry.reason === reason).map(({ key }) => key);
  if (reason === "key_missing" && failed.length === entries.length) return "the store has no entry of Atlas";
  if (reason === "expired") return `it was confirmed against Michael ${ago(since(verdict, now))}, and after 13 hours nothing is served`;
  if (reason === "rollback") return `the store went back to version ${version}, and version ${highest} was verified before`;
  if (reason === "clock_skew") return `${because}: ${age(since(verdict, now))}`;
  return failed.length === 0 ? causeOf(reason, message) : `${because} (${failed.join(", ")})`;
}

function advice({ reason, advice }: Check, highest: number | null): string {
  if (reason !== "rollback" || highest === null) return advice;
  return `Somebody has probably restored the store. Run atlas-sync sync --min-version ${highest + 1}.`;
}
