// Asks the package what Venice would do with a snapshot. Two readers answer: one that has just started, and one that has
// seen what this source held before, which alone can tell that the store went back.
import { createAtlas, type Atlas, type AtlasLogEvent, type Decision, type LookupRequest } from "@clickeen/atlas";

import type { KeyOptions } from "./keys";
import { recordsIn, verdictOf, type Snapshot } from "./snapshot";

export interface Judgement {
  readonly snapshot: Snapshot;
  /** What the readers were made with. */
  readonly options: KeyOptions;
  /** The decision for an instance that needs every entry. */
  readonly decision: Decision;
  /** The decision for one that has no template. */
  readonly withoutTemplate: Decision;
  /** The highest version that was verified before; `null` if none was. */
  readonly highest: number | null;
  /** What the reader logged about the decision for every entry; `null` if it logged nothing. */
  readonly message: string | null;
}

/** The readers for the snapshots of one source, in the order in which they come, with the same public keys for all. */
export class Judge {
  #turn: Promise<unknown> = Promise.resolve();
  #last: Judgement | null = null;
  #cold: Atlas | null = null;
  #warm: Atlas | null = null;
  #items: unknown;
  #highest: number | null = null;
  #message: string | null = null;
  /** A reader logs a reason once a minute: what it said of a snapshot stands until there is another snapshot. */
  readonly #log = ({ message }: AtlasLogEvent) => (this.#message ??= message ?? null);

  /** The last snapshot whose version was the highest. */
  highestSnapshot: Snapshot | null = null;

  constructor(readonly options: KeyOptions) {}

  /** One after another: the readers stand for one instance of Venice each. */
  judge(snapshot: Snapshot): Promise<Judgement> {
    const judged = this.#turn.then(() => this.#judge(snapshot));
    this.#turn = judged.catch(() => {});
    return judged;
  }

  async #judge(snapshot: Snapshot): Promise<Judgement> {
    if (this.#last?.snapshot === snapshot && !changesWithTime(this.#last.decision)) return this.#last;
    if (this.#last?.snapshot !== snapshot) {
      this.#cold = this.#reader(async () => snapshot.items);
      this.#message = null;
    }
    const request = representative(snapshot);
    const { templateId: _, ...bare } = request;
    const decision = await this.#decide(snapshot, request);
    const message = this.#message;
    const withoutTemplate = await this.#decide(snapshot, bare);
    if (decision.source === "atlas" && decision.version >= (this.#highest ?? 0)) {
      this.#highest = decision.version;
      this.highestSnapshot = snapshot;
    }
    return (this.#last = { snapshot, options: this.options, decision, withoutTemplate, highest: this.#highest, message });
  }

  /** What a reader says that has just started; if that is a hit, what one says that has seen more. */
  async #decide(snapshot: Snapshot, request: LookupRequest): Promise<Decision> {
    const decision = await this.#cold!.lookup(request);
    if (decision.source === "paris" || this.#last?.snapshot === snapshot) return decision;
    this.#items = snapshot.items;
    this.#warm ??= this.#reader(async () => this.#items, 0);
    return this.#warm.lookup(request);
  }

  #reader(getAll: () => Promise<unknown>, refreshMs = 3_600_000): Atlas {
    return createAtlas({ client: { getAll }, refreshMs, timeoutMs: 5_000, log: this.#log, ...this.options });
  }
}

/** An instance that needs every entry of a snapshot. What the snapshot lacks gets a name that no record has. */
export function representative(snapshot: Snapshot): LookupRequest {
  const records = recordsIn(snapshot);
  const schemas = records.filter(({ kind }) => kind === "schema");
  const templates = records.filter(({ kind }) => kind === "template");
  const isKnown = (widgetType: string | null, schemaVersion: string | null) =>
    schemas.some((schema) => schema.widgetType === widgetType && schema.schemaVersion === schemaVersion);
  const template = templates.find((one) => isKnown(one.widgetType, one.schemaVersion)) ?? templates[0];
  const { widgetType, schemaVersion } = template ?? schemas[0] ?? { widgetType: "-", schemaVersion: "-" };
  const hasNone = template === undefined && verdictOf(snapshot).verified;
  const plan = records.find(({ kind }) => kind === "plan")?.names[0] ?? "free";
  return { publicId: "inspector", widgetType, schemaVersion, templateId: hasNone ? null : (template?.names[0] ?? "-"), plan };
}

/** A snapshot's content is judged once; how old it is, again and again. */
function changesWithTime(decision: Decision): boolean {
  return decision.source === "atlas" || decision.reason === "expired" || decision.reason === "clock_skew";
}
