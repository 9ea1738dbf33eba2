// What the glue that `scripts/build.mjs` writes for each runtime exports: the Wasm, as `src/edge` has it. A test holds
// these names and numbers of parameters to the glue.
import type { Health, Hit, Makes, Miss, Read } from "./protocol.js";
import type { Asked } from "./request.js";
import type { host } from "./host.js";
import type { Item } from "./items.js";
import type { verdicts } from "./verdicts.js";
import type { EntryVerdict } from "../index.js";

/** The functions that the Wasm makes its results with. */
export type Host = typeof host;

/** The reader's state machine, `src/edge/reader.rs`. Times are milliseconds. */
export class Reader {
  /**
   * A cold reader: it serves nothing below the version `floor`, and numbers its reads from `reads` on. `moment` differs
   * from reader to reader, and becomes its jitter.
   */
  constructor(
    refreshMs: number, maxAgeMs: number, logWindowMs: number, signed: boolean, moment: number, floor: number, reads: number,
    host: Host,
  );
  /** Gives the version of the embedded snapshot, if it is valid. */
  embed(items: Item[], now: number): number | undefined;
  /** The hit where the store and Paris have failed; without plan hints. */
  lastResort(asked: Asked, maxAgeMs: number, now: number): Makes<Hit | undefined>;
  peek(asked: Asked, now: number): Makes<Hit | Miss | undefined>;
  begin(asked: Asked, hasTemplate: boolean, hasPlan: boolean, behind: boolean, joins: boolean, now: number): Makes<Hit | Miss | Read>;
  /** Takes over that reads were numbered up to `reads`, and that the one with this number, if not 0, brought nothing new. */
  catchUp(reads: number, number: number, startedAt: number): void;
  // The four numbers of a ticket are passed one by one: as an array each call would copy them.
  /** With neither `items` nor an `error` the read ran out of time. */
  receive(
    asked: Asked, number: number, attempt: number, startedAt: number, entries: number,
    items: Item[] | undefined, error: string | undefined, now: number,
  ): Makes<Hit | Miss | Read>;
  /** After its lookup has timed out (`late`) only with `items`. */
  receiveBehind(
    number: number, attempt: number, startedAt: number, entries: number,
    items: Item[] | undefined, error: string | undefined, late: boolean, now: number,
  ): Makes<Read | undefined>;
  /** The status depends on the hit rate, 0 to 1. */
  health(hitRate: number | undefined, now: number): Makes<Health>;
}

/** Puts the verdict into `found`, whose list is empty. */
export function verifySnapshot(items: Item[], host: typeof verdicts, found: { entries: EntryVerdict[] }): void;

/** Makes the instance if there is none. Throws what the engine throws where it compiles no Wasm. */
export function ready(): void;

/** Makes a new instance in place of the present one. */
export function reset(): void;
