// The one verdict of the overview, in words: what Venice does with this snapshot now, whose fault it is, what to do.
import type { Decision, SnapshotVerdict } from "@clickeen/atlas";

import type { Judgement } from "../state/judge";
import type { Reach } from "../state/reach";
import { checkFor, type Check } from "./reasons";
import { ago, duration } from "./words";

export type Tone = "good" | "warn" | "bad";

export interface Standing {
  readonly tone: Tone;
  readonly headline: string;
  /** What there is to know beside it. */
  readonly notes: readonly string[];
  /** Who is at fault and what to do; nothing when all is well. */
  readonly todo?: { readonly fault: string; readonly advice: string };
}

/** A sync confirms an unchanged snapshot every 6 hours, and runs every hour: after that it is late. */
const LATE_MS = 7.5 * 3_600_000;

/** What to say of a snapshot, and of the store that it came from. */
export function standing(reach: Reach, verdict: SnapshotVerdict | null, judgement: Judgement | null): Standing {
  if (reach.state === "fails") return unreachable(reach.problem, verdict !== null);
  if (judgement === null || verdict === null) return { tone: "warn", headline: "Reading the store …", notes: [] };
  if (reach.state === "late") return late(reach.ms);
  const { decision } = judgement;
  return decision.source === "atlas" ? serving(decision, verdict) : fallingBack(judgement, verdict);
}

function unreachable(problem: string, wasRead: boolean): Standing {
  const { because, fault, advice } = checkFor("unavailable");
  const notes = wasRead ? [problem, "What stands below was read before that."] : [problem];
  return { tone: "bad", headline: `Venice fetches from Paris: ${because}.`, notes, todo: { fault, advice } };
}

function late(ms: number): Standing {
  const { because, fault, advice } = checkFor("timeout");
  const note = `The last read took ${Math.round(ms)} ms. The entries below are what it brought.`;
  return { tone: "bad", headline: `Venice fetches from Paris: ${because}.`, notes: [note], todo: { fault, advice } };
}

function serving(hit: Extract<Decision, { source: "atlas" }>, verdict: SnapshotVerdict): Standing {
  const headline = `Venice serves version ${hit.version} from Atlas, confirmed against Michael ${ago(hit.ageMs)}.`;
  const bad = verdict.entries.filter(({ status }) => status === "failed");
  if (bad.length > 0) {
    const hints = `${bad.map(({ key }) => key).join(", ")} cannot be served: branding stays enforced and every feature off.`;
    const { fault, advice } = checkFor(bad[0]!.reason ?? "corrupt");
    return { tone: "warn", headline, notes: [hints], todo: { fault, advice } };
  }
  if (hit.ageMs > LATE_MS) {
    const left = 13 * 3_600_000 - hit.ageMs;
    const note = `A sync should confirm the snapshot every 6 hours. Venice serves it for another ${duration(left)}.`;
    return { tone: "warn", headline, notes: [note], todo: { fault: "the sync job", advice: checkFor("expired").advice } };
  }
  return { tone: "good", headline, notes: [] };
}

function fallingBack({ decision, withoutTemplate, highest }: Judgement, verdict: SnapshotVerdict): Standing {
  const check = checkFor(decision.source === "paris" ? decision.reason : "internal_error");
  const partly = withoutTemplate.source === "atlas";
  const who = partly ? "for widgets with a template" : "";
  const headline = `Venice fetches from Paris${who && ` ${who}`}: ${because(check, verdict, highest)}.`;
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

function because({ reason, because }: Check, { version, checkedAt, entries }: SnapshotVerdict, highest: number | null): string {
  const failed = entries.filter((entry) => entry.reason === reason).map(({ key }) => key);
  const age = checkedAt === null ? 0 : Date.now() - Date.parse(checkedAt);
  if (reason === "key_missing" && failed.length === entries.length) return "the store holds nothing of Atlas";
  if (reason === "expired") return `it was confirmed against Michael ${ago(age)}, and after 13 hours nothing is served`;
  if (reason === "rollback") return `the store went back to version ${version}, and version ${highest} was verified before`;
  if (reason === "clock_skew") return `the last sync lies in the future: ${ago(age)}`;
  return failed.length === 0 ? because : `${because} (${failed.join(", ")})`;
}

function advice({ reason, advice }: Check, highest: number | null): string {
  if (reason !== "rollback" || highest === null) return advice;
  return `Somebody restored the store, most likely. Run atlas-sync sync --min-version ${highest + 1}.`;
}
