// What the glue that `scripts/build.mjs` writes for each runtime exports: the Wasm, as `src/edge` has it. A test holds
// these names and numbers of parameters to the glue.
import type { Health, Hit, Miss, Read, ReadKind, Ticket } from "./protocol.js";
import type { Asked } from "./request.js";
import type { host } from "./host.js";
import type { Item } from "./items.js";
import type { AtlasLogEvent, SnapshotVerdict } from "../index.js";

/** The functions that the Wasm makes its results with. */
export type Host = typeof host;

/** The reader's state machine, `src/edge/reader.rs`. Times are milliseconds. */
export class Reader {
  /** A cold reader: it serves nothing below the version `floor`, and numbers its reads from `reads` on. */
  constructor(
    refreshMs: number, maxAgeMs: number, logWindowMs: number, signed: boolean, floor: number, reads: number, host: Host,
  );
  peek(asked: Asked, now: number): Hit | Miss | undefined;
  begin(asked: Asked, behind: boolean, now: number): Hit | Miss | Read;
  confirm(ticket: Ticket, manifest: Item, now: number): number | undefined;
  receive(asked: Asked, ticket: Ticket, kind: ReadKind, answer: Item[] | string | undefined, now: number): Hit | Miss | Read;
  receiveBehind(ticket: Ticket, kind: ReadKind, answer: Item[] | string, now: number): Read | undefined;
  receiveLate(ticket: Ticket, items: Item[]): void;
  notConfigured(now: number): Miss;
  knows(manifest: Item): boolean;
  takeEvents(): Omit<AtlasLogEvent, "elapsedMs">[] | undefined;
  /** `counts` are the hits, and the fallbacks in the order of the reasons. */
  health(counts: number[], now: number): Health;
}

export function verifySnapshot(items: Item[], host: Host): SnapshotVerdict;

/** Makes the instance if there is none. Throws what the engine throws where it compiles no Wasm. */
export function ready(): void;

/** Makes a new instance in place of the present one. */
export function reset(): void;
