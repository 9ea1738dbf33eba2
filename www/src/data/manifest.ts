// What a snapshot's manifest says of itself: its version and times, its writer, whether it is held, who signed it. Only a
// verified manifest is believed; of any other the version alone is given, marked as such.
import { storedKey, type EntryVerdict, type Json } from "@clickeen/atlas";

import { isObject, type Items } from "./items";

export const UNKNOWN = "not known";

export interface Manifest {
  readonly version: string;
  readonly updatedAt: string | null;
  readonly checkedAt: string | null;
  readonly checksum: string;
  readonly writer: string;
  readonly hold: Hold | null;
  /** The ids of the keys that signed it; `null` where the manifest is not verified. */
  readonly signers: readonly string[] | null;
  /** All that it states; `null` where it is not verified. */
  readonly members: Members | null;
}

type Members = { readonly [name: string]: Json };

/** What keeps a sync from publishing since a backup was restored. */
export interface Hold {
  readonly restoredFrom: string | null;
  /** When it ends by itself, in milliseconds since the Unix epoch; `null`: with `atlas-sync release` alone. */
  readonly until: number | null;
}

/** A time as atlas-sync writes it. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

export function manifestOf(items: Items, verdict: EntryVerdict | undefined): Manifest {
  const value = items[storedKey("atlas:v1:manifest")];
  const stated: Readonly<Record<string, Json | undefined>> = isObject(value) ? value : {};
  const version = typeof stated.version === "number" ? String(stated.version) : UNKNOWN;
  if (verdict?.status !== "verified") {
    const unproven = version === UNKNOWN ? UNKNOWN : `${version}, not verified`;
    return { version: unproven, updatedAt: null, checkedAt: null, checksum: UNKNOWN, writer: UNKNOWN, hold: null, signers: null, members: null };
  }
  return {
    version,
    updatedAt: text(stated.updatedAt),
    checkedAt: text(stated.checkedAt),
    checksum: verdict.computed ?? UNKNOWN,
    writer: text(stated.writer) ?? UNKNOWN,
    hold: holdIn(stated.hold),
    signers: isObject(stated.signatures) ? Object.keys(stated.signatures) : [],
    members: isObject(value) ? value : null,
  };
}

/** As atlas-sync reads it: a hold that it cannot understand lasts until it is released. */
function holdIn(hold: Json | undefined): Hold | null {
  if (hold === undefined || hold === null) return null;
  const { restoredFrom, until }: Readonly<Record<string, Json | undefined>> = isObject(hold) ? hold : {};
  const ends = text(until);
  return { restoredFrom: text(restoredFrom), until: ends === null ? null : timeOf(ends) };
}

/** `null` for any other text, and for a day that no month has, which `Date.parse` takes for one of the next. */
function timeOf(written: string): number | null {
  const time = TIME.test(written) ? Date.parse(written) : Number.NaN;
  return Number.isNaN(time) || new Date(time).toISOString() !== written ? null : time;
}

function text(member: Json | undefined): string | null {
  return typeof member === "string" ? member : null;
}
