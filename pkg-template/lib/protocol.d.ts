// What passes between the Wasm and its driver. `host.js` makes the results; `driver.js` says what follows from each.
import type { AtlasHealth, AtlasWarning, Decision, FallbackReason, LookupContext } from "../index.js";
import type { Reader, ready, reset, verifySnapshot } from "./glue.js";
import type { Item } from "./items.js";
import type { Cause } from "./log.js";
import type { Asked } from "./request.js";

/** One runtime's glue of the reader, as an entry hands it over. */
export interface Glue {
  readonly Reader: typeof Reader;
  readonly ready: typeof ready;
  readonly reset: typeof reset;
}

/** One runtime's glue of the verifier. */
export interface Verifier {
  readonly verify: typeof verifySnapshot;
  readonly ready: typeof ready;
  readonly reset: typeof reset;
}

/**
 * The numbers of a read, which go back with what it received: the number of the read, its attempt, when it began, and a bit
 * for each entry to read beside the manifest, by its place in the registry.
 */
export type Ticket = readonly [number: number, attempt: number, startedAt: number, entries: number];

/**
 * For how long hits stay the answer: until `dueAt`, and not once the snapshot has expired. Then the manifest may be read alone,
 * where there is one here, without asking Rust. If it is the same, they stay the answer for `refreshMs` from the beginning of
 * that read, unless a read with a higher number was known.
 */
export interface Standing {
  readonly dueAt: number;
  readonly expiresAt: number;
  readonly manifest: Item | undefined;
  number: number;
  readonly refreshMs: number;
}

/** A hit, from verified items. Times are milliseconds. */
export interface Hit {
  readonly kind: "hit";
  readonly version: number;
  readonly updatedAt: string;
  readonly checkedAt: number;
  readonly schemas: Item;
  readonly templates: Item | undefined;
  readonly plans: Item | undefined;
  readonly standing: Standing;
  /** Whether it comes from the embedded snapshot, which the store has not confirmed. */
  readonly embedded: boolean;
  readonly warning: AtlasWarning | undefined;
}

/** A fallback, with the value of `Atlas-Refresh-Hint` if Paris should sync. */
export interface Miss {
  readonly kind: "miss";
  readonly reason: FallbackReason;
  readonly refreshHint: string | undefined;
}

/** A read to start. With a `hit` it is a refresh behind that answer. */
export interface Read {
  readonly kind: "read";
  readonly ticket: Ticket;
  readonly hit: Hit | undefined;
}

export type Step = Hit | Miss | Read | undefined;

/** What a call of the Wasm makes. It returns no object (`src/edge/reader.rs` says why): `Session.call` gives it. */
export interface Makes<T> {
  readonly made: T;
}

/** What follows from a call, which either returned it or made it. */
export type Given<T> = T extends Makes<infer M> ? M : T;

/** What a call may make. */
export type Made = Hit | Miss | Read | Health;

/** What the health block says of the snapshot. */
export type Health = Pick<
  AtlasHealth,
  "status" | "version" | "checksum" | "lastSyncAt" | "lastSyncAgeSeconds" | "checkedAt"
>;

/** A lookup under way, or a refresh behind an answer. */
export interface Lookup extends Cause {
  readonly asked: Asked;
  readonly context: LookupContext | undefined;
  /** By the caller's clock; `since` is by the monotonic one. */
  readonly started: number;
  /** Whether it was answered or given up. What its read receives is late then. */
  isOver: boolean;
  /** Hands the answer over, once. A refresh has none. */
  done?: ((decision: Decision) => void) | undefined;
  timer?: ReturnType<typeof setTimeout>;
  /** The read that it waits for. */
  ticket?: Ticket;
  /** Its first read, where it began before there was a reader. */
  first?: { readonly answer: Promise<Item[]>; readonly number: number } | undefined;
  /** Tells the runtime that nothing is left to wait for. */
  onLate?: () => void;
}
