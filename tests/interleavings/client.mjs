// A client whose answers the explorer releases: each read is held until a step settles it, with a version of its own
// choosing, sound, damaged, torn, incomplete, in another realm's objects, or no answer at all.

/** What can come of a read, the usual ones more often. */
export const ANSWERS = [
  "good", "good", "good", "good", "good", "good", "good", "stored", "stored", "stored", "stored", "shared", "shared",
  "good", "good", "damaged", "damaged", "torn", "missing", "empty", "reversed", "foreign", "nullProto", "reject", "rejectOdd", "odd", "getter", "bigint",
];

/** What a client does at once, in place of holding its answer. */
export const MODES = ["hold", "hold", "hold", "throw", "plain", "undefined", "twice", "lying", "getterThen", "reenters"];

/** What a store that is well may give: the same snapshot, its members in the order in which they were written or in another. */
export const HEALING = ["good", "good", "good", "good", "foreign", "nullProto", "reversed"];

export class Client {
  /** Reads that wait, the oldest first. */
  pending = [];
  /** The versions of the manifests that this client gave, in order. */
  given = [];
  mode = "hold";
  reads = 0;
  #world;
  #readable;

  /**
   * @param {object} world
   * @param {{ withGet: boolean, readable: (snapshot: object) => object }} options `readable`: what this client's reader is to be
   *   given for a snapshot
   */
  constructor(world, { withGet, readable }) {
    this.#world = world;
    this.#readable = readable;
    if (withGet) this.get = (key) => this.#ask([key], true);
  }

  getAll(keys) {
    return this.#ask(keys, false);
  }

  #ask(keys, alone) {
    this.reads += 1;
    const { mode } = this;
    const stored = this.#world.stored;
    this.mode = "hold";
    if (mode === "throw") throw new Error("thrown at once");
    if (mode === "plain") return this.#value("good", stored, keys, alone);
    if (mode === "reenters") this.reenter();
    if (mode === "undefined") return undefined;
    if (mode === "getterThen") return { get then() { throw new Error("no then"); } };
    if (mode === "twice" || mode === "lying") {
      const value = this.#value("good", stored, keys, alone);
      return {
        then(took, failed) {
          if (mode === "lying") failed(new Error("first"));
          took(value);
          took({});
          failed(new Error("late"));
          throw new Error("after all");
        },
      };
    }
    return new Promise((took, failed) => this.pending.push({ took, failed, keys, alone, stored }));
  }

  /** Settles a read that waits. */
  answer(pick, kind, place) {
    if (this.pending.length === 0) return;
    const [read] = this.pending.splice(pick % this.pending.length, 1);
    if (kind === "reject") return read.failed(new Error("down"));
    if (kind === "rejectOdd") return read.failed([undefined, null, { get message() { throw new Error("no message"); } }, Object.create(null)][place % 4]);
    // A late read brings what was in the store when it began.
    const from = kind === "stored" ? read.stored : kind === "good" ? this.#world.stored : this.#world.given.snapshots[place % this.#world.given.snapshots.length];
    return read.took(this.#value(kind, from, read.keys, read.alone, place));
  }

  #value(kind, from, keys, alone, place = 0) {
    if (kind === "empty") return alone ? undefined : {};
    if (kind === "odd") return [undefined, null, 7, "text", [], { atlas_v1_manifest: 5 }, Symbol("odd"), new Map()][place % 8];
    const readable = this.#readable(from);
    this.given.push(readable.version);
    const all = this.#items(kind, readable, place);
    const items = kind === "nullProto" ? Object.create(null) : {};
    for (const key of keys) items[key] = all[key];
    if (kind === "missing") delete items[keys[place % keys.length]];
    const shown = kind === "foreign" ? this.#world.foreign(items) : items;
    return alone ? shown[keys[0]] : shown;
  }

  /** A member that does something when it is read: asks the same reader, or throws. */
  #spoilt(place) {
    if (place % 2 === 0) this.reenter?.();
    throw new Error("no payload");
  }

  #items(kind, from, place) {
    if (kind === "shared") return this.#world.shared(from);
    const all = JSON.parse(kind === "damaged" ? from.damaged[place % from.damaged.length] : from.json);
    if (kind === "reversed") return reversed(all);
    // The store was written between the manifest and the entries.
    if (kind === "torn") return { ...JSON.parse(this.#world.stored.json), atlas_v1_manifest: all.atlas_v1_manifest };
    if (kind === "nullProto") return reversed(all, () => Object.create(null));
    if (kind === "getter") Object.defineProperty(all.atlas_v1_widgetSchemas, "payload", { get: () => this.#spoilt(place), enumerable: true });
    if (kind === "bigint") all.atlas_v1_planHints.payload.free.limits = { maxWidgets: 1n };
    return all;
  }
}

/** The members of every object the other way round, in objects of one's own making. */
function reversed(value, make = () => ({})) {
  if (Array.isArray(value)) return value.map((member) => reversed(member, make));
  if (value === null || typeof value !== "object") return value;
  const copy = make();
  for (const name of Object.keys(value).reverse()) copy[name] = reversed(value[name], make);
  return copy;
}
