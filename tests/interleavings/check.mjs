// What must hold of every answer, whatever the schedule. Each rule has a name, which a failure begins with.
import { admits } from "./reader.mjs";

const FIVE_MINUTES = 300_000;
/** How many answers a caller keeps hold of, to spoil and to compare. */
const HELD = 16;

/** RFC 8785 once more, where there is no node:crypto to import. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
}

/** What is known of one reader from outside, and what it broke. */
export class Ledger {
  /**
   * The highest version that it served to anyone, at first its `minVersion` or what came with its deployment; and the highest
   * that it served to those who waited, who are answered in order.
   */
  seen = 0;
  #seenByWaiting = 0;
  issued = 0;
  hits = 0;
  fallbacks = {};
  lastResorts = 0;
  /** The warnings of the last hit. */
  warnings = 0;
  taken = { lookups: 0, hits: 0, fallbacks: {}, embedded: 0, lastResort: 0 };
  held = [];
  #rollbacks = [];
  /** The decisions that `onDecision` was called with, if there is one. */
  #shown = new Set();
  #world;
  #client;
  #isShown;
  /** When each version that the reader may serve from was confirmed. */
  #checkedAt;
  #embedded;
  /** Hits before the store gave anything: they can be of the embedded snapshot alone. */
  #unasked = 0;
  #lastResortMaxAgeMs;

  constructor(world, client, { isShown, trust, minVersion, embedded, lastResortMaxAgeMs }) {
    this.#world = world;
    this.#client = client;
    this.#isShown = isShown;
    this.#checkedAt = confirmed(world.given, trust);
    this.#embedded = embedded;
    this.#lastResortMaxAgeMs = lastResortMaxAgeMs;
    this.seen = Math.max(minVersion, embedded);
  }

  /** What `onDecision` is called with. */
  shown(decision, { elapsedMs }) {
    const { fail } = this.#world;
    if (this.#shown.has(decision)) fail("shown", "onDecision was called twice with one decision");
    this.#shown.add(decision);
    if (!(elapsedMs >= 0 && elapsedMs <= 5_000)) fail("shown", `onDecision was told of ${elapsedMs} ms`);
  }

  /** A lookup that begins: what later is held against its answer. */
  begin(request, isWaiting) {
    this.issued += 1;
    const { clock, time } = this.#world;
    return { request, isWaiting, floor: this.seen, clock: clock.length - 1, at: time.elapsed, given: this.#client.given.length };
  }

  answered(call, decision) {
    const { fail } = this.#world;
    if (decision?.source === "atlas") return this.#hit(call, decision);
    if (decision?.source !== "paris") return fail("answer", `neither a hit nor a fallback: ${typeof decision}`);
    const { reason, hints, remainingMs } = decision;
    this.fallbacks[reason] = (this.fallbacks[reason] ?? 0) + 1;
    const left = Math.max(0, 5_000 - (this.#world.time.elapsed - call.at));
    if (remainingMs !== left) fail("budget", `${remainingMs} ms of 5000 are left: expected ${left}`);
    this.#prove(hints, this.#world.given.closed, "the hints of a fallback");
    const lowest = Math.min(...this.#client.given.slice(Math.max(0, call.given - 1)));
    // `resolve` asks Paris at once, and a hit that was decided before is told in a microtask: no rollback is judged earlier.
    if (reason === "rollback") queueMicrotask(() => this.#rollbacks.push({ lowest }));
    return undefined;
  }

  #hit(call, { version, ageMs, template, schema, hints, warnings, ...decision }) {
    const { fail, given } = this.#world;
    this.hits += 1;
    this.warnings = warnings.length;
    if (this.#client.given.length === 0) {
      this.#unasked += 1;
      if (this.#embedded === 0) fail("sealed", "a hit before the store gave anything");
    }
    this.#inOrder(call, version, "served");
    const expected = given.expected[version]?.[call.request.expected];
    if (expected === undefined) return fail("sealed", `a hit of version ${version} for a request that has none`);
    const isClosed = warnings.length > 0 || call.request.isPlanUnknown;
    this.#prove(template, expected.template, `the template of version ${version}`);
    this.#prove(schema, expected.schema, `the schema of version ${version}`);
    this.#prove(hints, isClosed ? given.closed : expected.hints, `the hints of version ${version}`);
    this.#isOfAge(call, version, ageMs, given.maxAgeMs);
    if (this.held.length < HELD) this.held.push({ decision, warnings, template, schema, hints });
    return undefined;
  }

  /** What `resolve` gave where Paris failed too; `fallback` is what Paris was asked with. */
  lastResort(call, { reason, version, ageMs, template, schema, hints }, fallback) {
    const { fail, given } = this.#world;
    this.lastResorts += 1;
    if (this.#lastResortMaxAgeMs === 0) fail("resort", "a last resort, and nobody asked for one");
    if (reason !== fallback?.reason) fail("resort", `its reason is ${reason}: expected ${fallback?.reason}`);
    this.#inOrder(call, version, "the last resort");
    const expected = given.expected[version]?.[call.request.expected];
    if (expected === undefined) return fail("sealed", `a last resort of version ${version} for a request that has none`);
    this.#prove(template, expected.template, `the template of version ${version}`);
    this.#prove(schema, expected.schema, `the schema of version ${version}`);
    this.#prove(hints, given.closed, "the hints of a last resort");
    this.#isOfAge(call, version, ageMs, this.#lastResortMaxAgeMs);
    if (this.held.length < HELD) this.held.push({ decision: {}, template, schema, hints });
    return undefined;
  }

  /** No version comes after a higher one that was served before the lookup began, or that another who waited was served. */
  #inOrder(call, version, how) {
    const floor = call.isWaiting ? Math.max(call.floor, this.#seenByWaiting) : call.floor;
    if (version < floor) this.#world.fail("order", `version ${version} was ${how} after version ${floor}`);
    if (version > this.seen) this.seen = version;
    if (call.isWaiting && version > this.#seenByWaiting) this.#seenByWaiting = version;
  }

  /** The record is what was sealed; the same object is walked once, and again at the end. */
  #prove(record, expected, what) {
    const { proved, fail } = this.#world;
    let text = expected;
    if (typeof record === "object" && record !== null) {
      text = proved.get(record);
      if (text === undefined) proved.set(record, (text = canonical(record)));
    } else if (record === null) text = "null";
    else text = String(record);
    if (text !== expected) fail("sealed", `${what}: expected ${expected}, found ${text}`);
  }

  /** At some moment since the lookup began the answer's age was that of a snapshot that may be served. */
  #isOfAge({ clock }, version, ageMs, maxAgeMs) {
    const { clock: moments, fail } = this.#world;
    for (let at = moments.length - 1; at >= clock; at -= 1) {
      const now = moments[at];
      for (const then of this.#checkedAt[version]) {
        const age = now - then;
        if (age <= maxAgeMs && age >= -FIVE_MINUTES && Math.max(0, age) === ageMs) return;
      }
    }
    fail("age", `version ${version} was served at an age of ${ageMs} ms, which none had that may be served`);
  }

  /** After a step, when who was answered in it has been told. */
  afterStep() {
    for (const { lowest } of this.#rollbacks.splice(0)) {
      if (!(this.seen > lowest)) this.#world.fail("floor", `rollback, where version ${this.seen} was served and version ${lowest} was read`);
    }
  }

  take({ lookups, hits, fallbacks, embedded = 0, lastResort = 0 }) {
    this.taken.lookups += lookups;
    this.taken.hits += hits;
    this.taken.embedded += embedded;
    this.taken.lastResort += lastResort;
    for (const [reason, count] of Object.entries(fallbacks)) this.taken.fallbacks[reason] = (this.taken.fallbacks[reason] ?? 0) + count;
  }

  /** At the end, when everyone has been answered. */
  addsUp(atlas) {
    const { fail } = this.#world;
    this.take(atlas.takeStats());
    const { embedded } = this.taken;
    const known = { lookups: this.issued, fallbacks: this.fallbacks, embedded, lastResort: this.lastResorts };
    const all = canonical({ ...known, hits: this.hits });
    if (canonical(this.taken) !== all) fail("counters", `takeStats: ${canonical(this.taken)}; given out: ${all}`);
    const most = this.#embedded === 0 ? 0 : this.hits;
    if (embedded < this.#unasked || embedded > most) fail("counters", `${embedded} hits of the embedded snapshot: expected ${this.#unasked} to ${most}`);
    const shown = this.#isShown ? this.issued : 0;
    if (this.#shown.size !== shown) fail("shown", `onDecision was called ${this.#shown.size} times, for ${shown} answers`);
    const { hitRate, ...health } = atlas.health();
    const counted = { lookups: health.lookups, fallbacks: health.fallbacks, embedded: health.embedded ?? 0, lastResort: health.lastResort ?? 0 };
    if (canonical(counted) !== canonical(known)) fail("counters", `health: ${canonical(counted)}; given out: ${canonical(known)}`);
    const rate = this.issued === 0 ? null : this.hits / this.issued;
    if ((hitRate === null) !== (rate === null) || Math.abs(hitRate - rate) > 1e-3) fail("counters", `a hit rate of ${hitRate}: expected ${rate}`);
  }
}

/** When each version was confirmed, of the snapshots that a reader may serve from; made once for each trust. */
function confirmed(given, trust) {
  const byTrust = (given.confirmed ??= new Map());
  if (!byTrust.has(trust)) {
    const times = Array.from({ length: given.highest + 1 }, () => []);
    for (const snapshot of given.snapshots) if (admits(trust, snapshot)) times[snapshot.version].push(snapshot.checkedAt);
    byTrust.set(trust, times);
  }
  return byTrust.get(trust);
}

/** What was served is what it was. */
export function unchanged({ proved, fail }) {
  for (const [record, text] of proved) {
    const found = canonical(record);
    if (found !== text) fail("immutable", `served ${text}, now ${found}`);
  }
}

/** Callers who spoil what they were given, every way that there is. */
export function vandalise(answers) {
  const seen = new Set();
  const spoil = (value) => {
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    seen.add(value);
    for (const name of Object.keys(value)) spoil(value[name]);
    for (const name of Object.keys(value)) {
      quietly(() => (value[name] = true));
      Reflect.set(value, name, "spoilt");
      quietly(() => Object.defineProperty(value, name, { value: "spoilt" }));
      Reflect.deleteProperty(value, name);
    }
    quietly(() => (value.spoilt = true));
    quietly(() => Array.prototype.push.call(value, "spoilt"));
    quietly(() => Object.setPrototypeOf(value, { spoilt: true }));
  };
  for (const { decision, ...records } of answers) [...Object.values(records), decision].forEach(spoil);
}

function quietly(run) {
  try {
    run();
  } catch {
    // It is frozen, as it should be.
  }
}
