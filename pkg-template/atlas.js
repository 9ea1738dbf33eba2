// What every runtime shares: the API over the Wasm's exports. Rust decides; here stand the awaits, the timers and
// the clock, which are JavaScript's, and the guard that makes of a trap one fallback instead of a broken isolate.
import { Hits, decision } from "./hits.js";
import { host } from "./host.js";
import { hashed, isSame, itemsOf, own } from "./items.js";
import { AtlasError, optionsOf } from "./options.js";
import { withinBudget } from "./paris.js";
import { asked, asker } from "./request.js";

/** How much of an error's message is logged. */
const LONGEST_MESSAGE = 200;

/** Makes the API over one runtime's glue. */
export function define(glue) {
  const wasm = new Wasm(glue);
  return {
    AtlasError,
    KEYS: wasm.keys,
    storedKey: (key) => wasm.storedKey(key),
    verifySnapshot: (items) => wasm.twice(() => glue.verifySnapshot(itemsOf(items, wasm.storedKeys))),
    createAtlas: (options) => new Atlas(wasm, optionsOf(options ?? {})),
  };
}

/** The Wasm instance that all readers of an isolate share. After a trap it is dropped, and with it what they knew. */
class Wasm {
  generation = 0;

  constructor(glue) {
    this.glue = glue;
    this.keys = Object.freeze(glue.keys());
    this.storedKeys = glue.storedKeys();
    this.manifestAlone = this.storedKeys.slice(0, 1);
  }

  storedKey(key) {
    const stored = this.storedKeys[this.keys.indexOf(key)];
    if (stored !== undefined) return stored;
    const given = JSON.stringify(String(key).slice(0, 100));
    throw new AtlasError("ATLAS_UNKNOWN_KEY", `unknown key ${given}: expected one of ${this.keys.join(", ")}`);
  }

  drop() {
    this.glue.__wbg_reset_state();
    this.generation += 1;
  }

  /** Runs an export that is no lookup; after a trap once more, on a new instance. */
  twice(run) {
    try {
      return run();
    } catch {
      this.drop();
      return run();
    }
  }
}

class Atlas {
  #wasm;
  #generation;
  #reader;
  #options;
  #client;
  #log;
  #now;
  #behind;
  #timeoutMs;
  #budgetMs;
  #hits = new Hits();

  constructor(wasm, options) {
    this.#wasm = wasm;
    this.#options = options;
    this.#client = options.client;
    this.#log = options.log ?? wasm.glue.logToConsole;
    this.#now = options.now;
    this.#behind = options.behind;
    this.#timeoutMs = options.timeoutMs;
    this.#budgetMs = options.budgetMs;
  }

  peek(request) {
    const now = this.#now();
    return this.#hits.get(request, now) ?? this.#peek(request, now);
  }

  async lookup(request, context) {
    const now = this.#now();
    return this.#hits.get(request, now) ?? (await this.#refresh(request, context, now));
  }

  async resolve(request, fetchParis, context) {
    const started = this.#now();
    const decision = await this.lookup(request, context);
    if (decision.source === "atlas") return decision;
    decision.remainingMs = this.#left(this.#budgetMs, started);
    return { ...decision, value: await withinBudget(fetchParis, request, decision, this.#budgetMs) };
  }

  health() {
    return this.#wasm.twice(() => this.#current().health(this.#now()));
  }

  takeStats() {
    return this.#wasm.twice(() => this.#current().takeStats());
  }

  #peek(request, started) {
    const lookup = { request, asked: asked(request), started };
    if (!this.#client) return this.#notConfigured(lookup);
    return this.#told(this.#step(lookup, (reader) => reader.peek(lookup.asked, started)), lookup);
  }

  /**
   * A hit that is kept, and due to be read again: where the manifest is what it was, so is the hit, and nothing more
   * is asked of the Wasm than a few numbers. Anything else goes the long way.
   */
  async #refresh(request, context, started) {
    const kept = this.#hits.find(request);
    if (kept === undefined || this.#readsBehind(context)) return this.#lookup(request, context, started);
    const lookup = { request, started };
    const number = this.#guarded(lookup, () => this.#living().beginAgain(this.#hits.takeServed(), started));
    if (!(number > 0)) return this.#lookup(request, context, started);
    const read = { keys: this.#wasm.manifestAlone, ticket: [number, 1, started] };
    const [kind, answer] = await this.#read(read, this.#timeoutMs);
    // While this one waited, another may have brought a newer snapshot.
    const unchanged = kind === "manifest" && this.#hits.find(request) === kept && isSame(kept.hit.manifest, answer);
    const now = this.#now();
    const hit = unchanged ? this.#hits.getAgain(request, now) : undefined;
    if (hit !== undefined) {
      this.#guarded(lookup, () => {
        const until = this.#living().readAgain(number, started, now);
        this.#hits.confirm(now, Math.abs(until));
        if (until < 0) this.#emitAll(lookup);
      });
      return hit;
    }
    const asking = { request, asked: asked(request), started };
    return this.#goOn(await this.#received(read, kind, answer, asking), asking);
  }

  async #lookup(request, context, started) {
    const lookup = { request, asked: asked(request), started };
    if (!this.#client) return this.#notConfigured(lookup);
    const behind = this.#readsBehind(context);
    const step = this.#step(lookup, (reader) => reader.begin(lookup.asked, behind, started));
    if (step.hit === undefined) return this.#goOn(step, lookup);
    this.#keepAlive(context, this.#readBehind(step));
    return this.#told(step.hit, lookup);
  }

  /** Reads until a lookup is decided. */
  async #goOn(step, lookup) {
    while (step.ticket !== undefined) {
      const [kind, answer] = await this.#read(step, this.#left(this.#timeoutMs, lookup.started));
      step = await this.#received(step, kind, answer, lookup);
    }
    return this.#told(step, lookup);
  }

  /** What follows from a read: a decision, or the next read. */
  async #received({ keys, ticket }, kind, answer, lookup) {
    if (kind === "manifest") {
      const unchanged = (reader) => reader.receiveUnchanged(lookup.asked, ticket, this.#now());
      const same = this.#step(lookup, (reader) => (isSame(reader.manifest, answer) ? unchanged(reader) : undefined));
      if (same !== undefined) return same;
    }
    const brought = await taken(kind, answer, keys);
    this.#hits.clear();
    return this.#step(lookup, (reader) => reader.receive(lookup.asked, ticket, kind, brought, this.#now()));
  }

  /** Whether a lookup is answered before its read. */
  #readsBehind(context) {
    return this.#behind && typeof context?.waitUntil === "function";
  }

  #notConfigured(lookup) {
    return this.#told(this.#step(lookup, (reader) => reader.notConfigured(lookup.started)), lookup);
  }

  /** Has the runtime wait for work that goes on after the answer. */
  #keepAlive(context, work) {
    try {
      context.waitUntil(work);
    } catch {
      // The work goes on for as long as the runtime lets it.
    }
  }

  /** Reads behind an answer until nothing more is to be read. Never rejects. */
  async #readBehind(read) {
    for (let next = read; next?.ticket !== undefined; ) {
      const lookup = { started: this.#now() };
      const { keys, ticket } = next;
      const [kind, answer] = await this.#read(next, this.#timeoutMs);
      const brought = await taken(kind, answer, keys);
      this.#hits.clear();
      next = this.#step(lookup, (reader) => reader.receiveBehind(ticket, kind, brought, this.#now()));
    }
  }

  /**
   * One read of the store, given up after `left` milliseconds: what came of it (`items` by key, the `manifest`'s value if
   * nothing else was asked for, `timeout`, or `error`), and what it brought. A read that is given up is left to finish,
   * and what it brings serves later lookups. Nothing of it is ever awaited by another lookup.
   */
  #read({ keys, ticket }, left) {
    if (left <= 0) return ["timeout", undefined];
    return new Promise((resolve) => {
      let waiting = true;
      const settle = (kind, answer) => {
        const first = waiting;
        waiting = false;
        clearTimeout(timer);
        resolve([kind, answer]);
        return first;
      };
      const timer = setTimeout(settle, left, "timeout");
      const failed = (error) => settle("error", text(error));
      const brought = (kind, answer) => settle(kind, answer) || this.#late(ticket, kind, answer, keys);
      try {
        const client = this.#client;
        if (keys.length > 1) {
          this.#current().read(client, keys).then((items) => brought("items", items), failed);
        } else if (typeof client.get === "function") {
          client.get(keys[0]).then((value) => brought("manifest", value), failed);
        } else {
          this.#current().read(client, keys).then((items) => brought("manifest", own(items, keys[0])), failed);
        }
      } catch (error) {
        failed(error);
      }
    });
  }

  /** What a read brought after its lookup had given up. Never rejects. */
  async #late(ticket, kind, answer, keys) {
    const brought = await taken(kind, answer, keys);
    this.#hits.clear();
    this.#step({ started: this.#now() }, (reader) => reader.receiveLate(ticket, brought));
  }

  /** One synchronous step in the Wasm, and the log events that it led to. */
  #step(lookup, run) {
    return this.#guarded(lookup, () => {
      const step = run(this.#current());
      this.#emitAll(lookup);
      return step;
    });
  }

  #emitAll(lookup) {
    for (const event of this.#reader.takeEvents() ?? []) this.#emit(event, lookup);
  }

  /** Work in the Wasm. A trap costs this lookup a fallback, the readers what they knew, nothing else. */
  #guarded(lookup, work) {
    try {
      return work();
    } catch (error) {
      this.#wasm.drop();
      this.#hits.clear();
      const event = { event: "atlas_internal_error", level: "error", reason: "internal_error", suppressed: 0 };
      this.#emit({ ...event, message: text(error) }, lookup);
      return host.miss("internal_error", undefined, undefined);
    }
  }

  /** The reader, told of the hits that were served without it. */
  #current() {
    const reader = this.#living();
    const served = this.#hits.takeServed();
    if (served > 0) reader.countHits(served);
    return reader;
  }

  /** The reader: a cold one if there is none yet, or if the instance that it lived in was dropped. */
  #living() {
    if (this.#generation !== this.#wasm.generation) {
      const { refreshMs, maxAgeMs, logWindowMs, signed } = this.#options;
      this.#reader = new this.#wasm.glue.Reader(refreshMs, maxAgeMs, logWindowMs, signed, host);
      this.#generation = this.#wasm.generation;
    }
    return this.#reader;
  }

  /** The decision as its caller sees it. */
  #told(step, { asked, started }) {
    if (step === undefined) return undefined;
    if (step.source === "paris") {
      step.remainingMs = this.#left(this.#budgetMs, started);
      return step;
    }
    const now = this.#now();
    this.#hits.keep(asked, step, now);
    return decision(step, now);
  }

  /** What is left, in milliseconds, of a time that began at `started`; at least 0. */
  #left(ms, started) {
    return Math.max(0, ms - Math.max(0, this.#now() - started));
  }

  #emit(event, { request, started }) {
    try {
      this.#log({ ...event, ...asker(request), elapsedMs: Math.max(0, this.#now() - started) });
    } catch {
      // A log callback that throws must not cost the request its answer.
    }
  }
}

/** What a read brought, as Rust takes it. */
function taken(kind, answer, keys) {
  if (kind === "items") return hashed(itemsOf(answer, keys));
  return kind === "manifest" ? itemsOf({ [keys[0]]: answer }, keys) : answer;
}

function text(error) {
  return String(error?.message ?? error).slice(0, LONGEST_MESSAGE);
}
