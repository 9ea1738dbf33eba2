// The world of one schedule: the store, the clocks, the readers with their clients, and the callers. Each step of a
// schedule is one thing that happens in it; `fail` takes what a rule was broken by.
import { Ledger, unchanged, vandalise } from "./check.mjs";
import { Client } from "./client.mjs";
import { LOGS, TRUST, clockOf, embeddedIn, onDecision, readable } from "./reader.mjs";
import { ticks } from "./time.mjs";

/** Enough microtasks for everything that follows from one event, and from one that has signatures checked. */
const ALL = 24;
const ALL_SIGNED = 64;
/** How many reads of one client wait before nobody else asks. */
const MOST_READS = 8;
const TIMEOUT_MS = 50;
const BUDGET_MS = 5_000;
/** Each of 11 s. A wall clock that went back can come by the 5 s of an open breaker, and the 10 s of a memo, once more. */
const HEALING_ROUNDS = 6;

export class World {
  failures = [];
  /** Every value of the wall clock so far. */
  clock = [];
  /** The records that were served, as they were then. */
  proved = new Map();
  lookups = 0;
  #skew = 0;
  /** Whether a callback is asking its reader something, and how often that was. */
  #isAgain = false;
  #agains = 0;
  #open = new Set();
  #shared = new Map();
  #all;

  constructor({ atlas, given, time, trap, foreign, crypto, judged }, { isCold, readers, store }) {
    Object.assign(this, { given, time, trap, foreign, crypto, judged });
    crypto.latencyMs = 0;
    time.wall = this.now;
    this.#all = readers.every(({ keys }) => keys === "none") ? ALL : ALL_SIGNED;
    this.requests = requestsOf(given, () => this.#again(this.readers?.[0]));
    this.store(store);
    this.tick();
    // Nothing was called yet, for all that the readers know.
    if (isCold) Object.assign(atlas.wasm, { isCold: true, isPractised: false });
    this.readers = readers.map((options) => this.#reader(atlas, options));
    this.verifySnapshot = atlas.verifySnapshot;
  }

  fail = (rule, message) => {
    this.failures.push({ rule, message });
  };

  now = () => this.given.noon + this.time.elapsed + this.#skew;

  tick() {
    this.clock.push(this.now());
  }

  store(place) {
    this.stored = this.given.snapshots[place % this.given.snapshots.length];
  }

  /** The very same object for every read of a snapshot, as a client with a cache of its own gives it. */
  shared(from) {
    if (!this.#shared.has(from)) this.#shared.set(from, JSON.parse(from.json));
    return this.#shared.get(from);
  }

  #reader(atlas, made) {
    const { behind, refreshMs, logs, shows, withGet, clock, keys, minVersion, lastResortMaxAgeMs, heals } = made;
    const trust = TRUST[keys];
    const client = new Client(this, { withGet, readable: readable(this.given.snapshots, trust) });
    let reader;
    const again = () => this.#again(reader);
    const embedded = embeddedIn(this.given, made, again);
    const ledger = new Ledger(this, client, { isShown: shows !== "nothing", trust, minVersion, embedded: embedded.version, lastResortMaxAgeMs });
    const options = {
      client, refreshMs, minVersion, lastResortMaxAgeMs, maxAgeMs: this.given.maxAgeMs, timeoutMs: TIMEOUT_MS, budgetMs: BUDGET_MS,
      revalidate: behind ? "background" : "blocking", log: () => LOGS[logs](again), now: clockOf(clock, this.now, again),
      onDecision: onDecision(shows, (decision, context) => ledger.shown(decision, context), again), snapshot: embedded.option,
      publicKeys: trust.keys.length > 0 ? trust.keys.map((name) => this.given.signatures.keys[name].publicKey) : undefined,
      signaturesRequired: trust.required || undefined,
    };
    reader = { client, ledger, heals, lastResortMaxAgeMs, atlas: atlas.createAtlas(options) };
    client.reenter = again;
    return reader;
  }

  async run(steps) {
    for (const step of steps) {
      await this.#step(step, this.readers[(step.reader ?? 0) % this.readers.length]);
      await ticks(step.after);
      for (const { ledger } of this.readers) ledger.afterStep();
      if (this.failures.length > 0) return;
    }
    await this.#end();
  }

  #step(step, reader) {
    const request = this.requests[(step.request ?? 0) % this.requests.length];
    switch (step.op) {
      case "lookup": return this.#times(step, reader, () => this.#lookup(reader, request, step.context));
      case "peek": return this.#times(step, reader, () => this.peek(reader, request));
      case "resolve": return this.#resolve(reader, request, step);
      case "answer": return this.#answer(reader, step);
      case "sweep": return this.requests.forEach((each) => this.peek(reader, each));
      case "store": return this.store(step.place);
      case "mode": return (reader.client.mode = step.mode);
      case "time": return this.#pass(step.ms);
      case "jump": return (this.#skew += step.ms), this.tick();
      case "trap": return this.trap.arm(step.in, step.throws);
      case "vandal": return this.#vandalise(reader);
      case "health": return this.#quietly("health", () => reader.atlas.health());
      case "stats": return this.#quietly("takeStats", () => reader.ledger.take(reader.atlas.takeStats()));
      case "warm": return this.#quietly("warm", () => reader.atlas.warm());
      case "crypto": return (this.crypto.latencyMs = step.ms);
      case "verify": return this.#verify(step.place);
      default: throw new Error(`no step is called ${step.op}`);
    }
  }

  /** A callback asks the reader that calls it, each time something else; one that is asked by it asks no further. */
  #again(reader) {
    if (this.#isAgain || reader === undefined) return;
    this.#isAgain = true;
    this.#agains += 1;
    // Within a timer the clock has gone on.
    this.tick();
    const request = this.requests[this.#agains % this.requests.length];
    const asks = [
      () => this.peek(reader, this.requests[0]),
      () => this.#lookup(reader, this.requests[0], "none"),
      () => this.#lookup(reader, request, "keep"),
      () => this.#resolve(reader, request, { paris: "rejects", context: "keep" }),
      () => this.#quietly("health", () => reader.atlas.health()),
      () => this.#quietly("takeStats", () => reader.ledger.take(reader.atlas.takeStats())),
      () => this.#quietly("warm", () => reader.atlas.warm()),
    ];
    asks[this.#agains % asks.length]();
    this.#isAgain = false;
  }

  /** Asks several times: many where the answers come from memory, and a few where each is a read. */
  #times({ times }, { client }, run) {
    for (let left = times; left > 0 && client.pending.length < MOST_READS; left -= 1) run();
  }

  /** One read is answered, or two at the same moment. */
  #answer({ client }, { pick, kind, place, next }) {
    client.answer(pick, kind, place);
    if (next !== undefined) client.answer(pick, "shared", next);
  }

  peek(reader, request) {
    this.lookups += 1;
    const call = reader.ledger.begin(request, false);
    const decision = this.#quietly("peek", () => reader.atlas.peek(request.value));
    if (decision === undefined) reader.ledger.issued -= 1;
    else reader.ledger.answered(call, decision);
  }

  #lookup(reader, request, context) {
    this.lookups += 1;
    const call = reader.ledger.begin(request, true);
    const promise = this.#quietly("lookup", () => reader.atlas.lookup(request.value, this.#context(context, reader)));
    this.#within(TIMEOUT_MS, "lookup", promise, (decision) => reader.ledger.answered(call, decision), () => this.fail("rejects", "a lookup rejected"));
  }

  #resolve(reader, request, { paris, context }) {
    this.lookups += 1;
    const call = reader.ledger.begin(request, true);
    const thrown = new Error("Paris");
    let fallback;
    const fetchParis = (_, { decision }) => {
      if (fallback !== undefined) this.fail("resolve", "Paris was asked twice");
      fallback = decision;
      reader.ledger.answered(call, decision);
      if (paris === "reenters") this.#again(reader);
      if (paris === "throws") throw thrown;
      if (paris === "rejects") return Promise.reject(thrown);
      if (paris === "hangs") return new Promise(() => {});
      if (paris === "late") return new Promise((resolve) => setTimeout(() => resolve({ body: { cancel: () => Promise.reject(thrown) } }), 6_000));
      return thrown;
    };
    const promise = this.#quietly("resolve", () => reader.atlas.resolve(request.value, fetchParis, this.#context(context, reader)));
    const isParisDown = paris !== "value" && paris !== "reenters";
    const isParissError = (error) => (paris === "hangs" || paris === "late" ? error?.name === "TimeoutError" : error === thrown);
    const settled = (decision) => {
      if (decision?.source === "atlas") return reader.ledger.answered(call, decision);
      if (decision?.source === "last_resort") {
        if (fallback === undefined || !isParisDown || !isParissError(decision.error)) this.fail("resort", "a last resort, and Paris did not fail");
        return reader.ledger.lastResort(call, decision, fallback);
      }
      if (fallback === undefined || decision?.value !== thrown) this.fail("resolve", "it resolved to what Paris did not give");
      return undefined;
    };
    const failed = (error) => {
      if (fallback === undefined) return this.fail("rejects", "a resolve rejected before Paris was asked");
      if (!isParisDown || !isParissError(error)) this.fail("rejects", `a resolve rejected with what Paris did not throw: ${error?.name}`);
      return undefined;
    };
    // A last resort may have to be checked first.
    this.#within(BUDGET_MS + (reader.lastResortMaxAgeMs > 0 ? TIMEOUT_MS : 0), "resolve", promise, settled, failed);
  }

  /** Holds a promise to its bound, and what comes of it to the rules. */
  #within(ms, what, promise, settled, failed) {
    if (typeof promise?.then !== "function") return this.fail("answer", `${what} gave no promise`);
    const open = { what, until: this.time.elapsed + ms };
    this.#open.add(open);
    const close = (then) => (value) => {
      this.#open.delete(open);
      then(value);
    };
    return promise.then(close(settled), close(failed));
  }

  #context(kind, reader) {
    if (kind === "none") return undefined;
    if (kind === "odd") return { get waitUntil() { throw new Error("no waitUntil"); } };
    const keep = (work) => void work.then(() => {}, () => this.fail("rejects", "what waitUntil was given rejected"));
    const waitUntil = {
      keep,
      reenters: (work) => { this.#again(reader); keep(work); },
      throws: () => { throw new TypeError("Illegal invocation"); },
      rejects: () => Promise.reject(new Error("waitUntil")),
    }[kind];
    return { waitUntil };
  }

  async #pass(ms) {
    // A timer runs when no microtask is left.
    await ticks(this.#all);
    const until = this.time.elapsed + ms;
    while (this.#quietly("a timer", () => this.time.next(until))) {
      this.tick();
      await ticks(this.#all);
      // Other timers may be due at this very moment.
      this.#overdue(1);
    }
    this.tick();
    await ticks(this.#all);
    this.#overdue(0);
  }

  #overdue(slack) {
    for (const { what, until } of this.#open) {
      if (this.time.elapsed >= until + slack) return this.fail("bound", `a ${what} is still open ${this.time.elapsed - until} ms after its bound`);
    }
    return undefined;
  }

  #vandalise({ ledger }) {
    vandalise(ledger.held.splice(0));
    unchanged(this);
  }

  #verify(place) {
    const { json, damaged, version } = this.given.snapshots[place % this.given.snapshots.length];
    const good = this.#quietly("verifySnapshot", () => this.verifySnapshot(JSON.parse(json)));
    if (!good?.verified || good.version !== version) this.fail("verifier", `version ${version} is refused`);
    const bad = this.#quietly("verifySnapshot", () => this.verifySnapshot(JSON.parse(damaged[place % damaged.length])));
    if (bad?.verified !== false) this.fail("verifier", `a damaged version ${version} is verified`);
  }

  #quietly(what, run) {
    try {
      return run();
    } catch (error) {
      this.fail("throws", `${what} threw ${error}`);
      return undefined;
    }
  }

  /** Where the store has a newer version, and clock and store are well, that is what is served soon, from few reads. */
  async #heals(reader) {
    const { client, ledger } = reader;
    const newest = this.given.snapshots.findLastIndex(({ kind }) => kind === "good");
    this.store(newest);
    client.mode = "hold";
    this.#skew = -this.time.elapsed;
    this.tick();
    for (let round = 0; round < HEALING_ROUNDS; round += 1) await this.#refresh(reader, newest);
    const { hits } = ledger;
    const [reads, judged] = [client.reads, this.judged.bytes];
    await this.#refresh(reader, newest);
    // Behind an answer the read comes later.
    this.#lookup(reader, this.requests[0], "none");
    await this.#settle(reader, newest);
    const { version } = this.#quietly("health", () => reader.atlas.health()) ?? {};
    if (ledger.hits !== hits + 2 || version !== this.stored.version) {
      this.fail("heals", `version ${this.stored.version} stands in the store; the reader, of version ${version}: ${JSON.stringify(ledger.fallbacks)}`);
    }
    if (ledger.warnings > 0) this.fail("heals", "the plan hints are still in doubt");
    if (client.reads - reads > 4) this.fail("heals", `${client.reads - reads} reads for two lookups`);
    if (this.judged.bytes !== judged) this.fail("judged", `${this.judged.bytes - judged} bytes that were verified before are verified again`);
    if (reader.lastResortMaxAgeMs > 0) await this.#lastResort(reader);
    while (client.pending.length > 0) client.answer(0, "good", 0);
    await this.#pass(TIMEOUT_MS);
  }

  /** A lookup when a refresh is due. */
  async #refresh(reader, place) {
    await this.#pass(2 * BUDGET_MS + 1_000);
    this.#lookup(reader, this.requests[0], "keep");
    await this.#settle(reader, place);
  }

  /** Answers what waits, and what is read after that, with what stands in the store. */
  async #settle({ client, heals }, place) {
    for (let turn = 0; turn < 4; turn += 1) {
      await ticks(this.#all);
      while (client.pending.length > 0) client.answer(0, heals, place);
    }
    await ticks(this.#all);
  }

  /** A store that is silent, and Paris down: the snapshot in memory is served if it is young enough. */
  async #lastResort(reader) {
    const { ledger, lastResortMaxAgeMs } = reader;
    await this.#pass(2 * BUDGET_MS + 1_000);
    const before = ledger.lastResorts;
    this.#resolve(reader, this.requests[0], { paris: "throws", context: "none" });
    await this.#pass(TIMEOUT_MS);
    const isYoung = this.now() - this.stored.checkedAt <= lastResortMaxAgeMs;
    if (ledger.lastResorts - before !== Number(isYoung)) {
      this.fail("resort", `expected ${Number(isYoung)} last resort of version ${this.stored.version}, found ${ledger.lastResorts - before}`);
    }
  }

  /** Answers most of what is open, lets the rest run into its bound, and takes stock. */
  async #end() {
    for (const { client } of this.readers) while (client.pending.length > 2) client.answer(0, "good", 0);
    await ticks(this.#all);
    await this.#pass(TIMEOUT_MS);
    for (const { client } of this.readers) client.answer(0, "stored", 0);
    await this.#pass(2 * BUDGET_MS);
    this.trap.arm(undefined);
    // What callbacks ask is nothing that is counted on from here on.
    this.#isAgain = true;
    this.crypto.latencyMs = 0;
    for (const reader of this.readers) {
      await this.#heals(reader);
      reader.ledger.afterStep();
      this.#quietly("takeStats or health", () => reader.ledger.addsUp(reader.atlas));
      this.#vandalise(reader);
    }
  }
}

/** The requests, and after them what no caller should ask. `expected` says which records a hit must have. */
function requestsOf({ requests }, again) {
  const plain = requests.map((value, expected) => ({ value, expected }));
  const odd = [
    { value: null },
    { value: { get widgetType() { throw new Error("no type"); } } },
    { value: { ...requests[0], get schemaVersion() { again(); return requests[0].schemaVersion; } }, expected: 0 },
    { value: { ...requests[0], templateId: "x".repeat(5_000) } },
    { value: { ...requests[0], plan: "gold" }, expected: 0, isPlanUnknown: true },
    { value: { ...requests[0], schemaVersion: "2031-01-01" } },
  ];
  return [...plain, ...odd];
}
