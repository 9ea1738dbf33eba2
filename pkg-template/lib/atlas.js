// What every runtime shares: the API over the Wasm's exports. Rust decides; here stand the waiting, the timers and the
// clocks, which are JavaScript's, and the guard that makes of a trap one fallback instead of a broken isolate.
//
// A decision is made, counted, kept and handed to its caller in one synchronous step (`#answer`). So callers are answered
// in the order in which lookups were decided, and no older answer can come after a newer one.
import { clockOf, left, monotonic } from "./clock.js";
import { Counters, fallbacksOf } from "./counters.js";
import { fallback, hitAt, served } from "./decisions.js";
import { Hits } from "./hits.js";
import { host } from "./host.js";
import { hasEntries, hash, itemsOf } from "./items.js";
import { Throttle, emit, logToConsole, quietly, text } from "./log.js";
import { AtlasError, optionsOf } from "./options.js";
import { withinBudget } from "./paris.js";
import { read } from "./read.js";
import { KEYS, STORED_KEYS, keysToRead, storedKey } from "./registry.js";
import { asked } from "./request.js";
import { Wasm } from "./wasm.js";

/** Makes the API over one runtime's glue. */
export function define(glue) {
  const wasm = new Wasm(glue);
  return {
    AtlasError,
    KEYS,
    storedKey,
    verifySnapshot: (items) => wasm.retryAfterTrap(() => glue.verifySnapshot(itemsOf(items, STORED_KEYS), host, [])),
    createAtlas: (options) => new Atlas(wasm, optionsOf(options ?? {})),
  };
}

/**
 * A lookup under way.
 *
 * @typedef {{ request: unknown, asked: object, context: unknown, started: number, since: number,
 *   done?: (decision: object) => void, timer?: unknown, isOver: boolean, onLate?: () => void }} Lookup
 */

class Atlas {
  #wasm;
  #options;
  #log;
  #now;
  #counters = new Counters();
  #hits = new Hits();
  /** What outlives an instance of the Wasm: the highest version that was served, and the number of the last read. */
  #floor = 0;
  #reads = 0;
  #reader;
  #generation;
  /** Reads whose values the platform is hashing. */
  #hashing = 0;
  #internalErrors;
  #isWaitUntilBad = false;

  constructor(wasm, options) {
    this.#wasm = wasm;
    this.#options = options;
    this.#log = options.log ?? logToConsole;
    this.#now = clockOf(options.now);
    this.#internalErrors = new Throttle(options.logWindowMs);
  }

  peek(request) {
    const now = this.#now();
    const kept = this.#hits.get(request, now);
    if (kept !== undefined) return this.#serve(kept, now);
    let decision;
    const lookup = this.#lookup(request, undefined, now, (decided) => (decision = decided));
    if (this.#options.client) this.#step(lookup, (reader) => reader.peek(lookup.asked, now));
    else this.#step(lookup, (reader) => reader.notConfigured(now));
    return decision;
  }

  lookup(request, context) {
    const now = this.#now();
    const kept = this.#hits.get(request, now);
    if (kept !== undefined) return Promise.resolve(this.#serve(kept, now));
    return new Promise((resolve) => this.#begin(this.#lookup(request, context, now, resolve)));
  }

  resolve(request, fetchParis, context) {
    const now = this.#now();
    const kept = this.#hits.get(request, now);
    if (kept !== undefined) return Promise.resolve(this.#serve(kept, now));
    const { budgetMs } = this.#options;
    return new Promise((resolve, reject) => {
      const decided = (decision) => {
        if (decision.source === "atlas") return resolve(decision);
        const fetched = withinBudget(fetchParis, request, decision, budgetMs);
        return fetched.then((value) => resolve({ ...decision, value }), reject);
      };
      this.#begin(this.#lookup(request, context, now, decided));
    });
  }

  health() {
    const counts = this.#counters.all;
    const lookups = counts.reduce((sum, count) => sum + count, 0);
    const counted = { hitRate: lookups > 0 ? counts[0] / lookups : null, lookups, fallbacks: fallbacksOf(counts) };
    try {
      return { ...this.#wasm.retryAfterTrap(() => this.#current().health(counts[0], lookups - counts[0], this.#now())), ...counted };
    } catch {
      return { ...host.health("error"), ...counted };
    }
  }

  takeStats() {
    return this.#counters.take();
  }

  #lookup(request, context, started, done) {
    return { request, asked: asked(request), context, started, since: monotonic(), done, isOver: false };
  }

  /** A hit that is kept, given out once more. */
  #serve(kept, now) {
    this.#counters.hit();
    return hitAt(kept, now);
  }

  #begin(lookup) {
    const { started } = lookup;
    if (!this.#options.client) {
      this.#step(lookup, (reader) => reader.notConfigured(started));
      return;
    }
    const begin = (behind) => this.#step(lookup, (reader) => reader.begin(lookup.asked, behind, started));
    let step = begin(this.#canReadBehind(lookup.context));
    if (step?.hit !== undefined) {
      if (this.#readBehind(step, lookup)) {
        this.#decide(step.hit, lookup);
        return;
      }
      // The hit is not served, and the reader holds it for served: another takes its place.
      this.#reader = undefined;
      step = begin(false);
    }
    if (step !== undefined) this.#read(step, lookup);
  }

  /** Starts the read that a lookup waits for; however many it takes, they share one deadline. */
  #read({ ticket }, lookup) {
    lookup.timer ??= setTimeout(() => this.#giveUp(lookup), this.#options.timeoutMs);
    lookup.ticket = ticket;
    this.#fetch(ticket, (items, error) => this.#received(ticket, items, error, lookup));
  }

  /** Reads the store, has the platform hash what is large and new, and calls `done` with the items or an error. */
  #fetch(ticket, done) {
    const hashed = (items, error) => this.#hashed(items, () => done(items, error));
    read(this.#options.client, keysToRead(ticket.at(-1)), hashed);
  }

  /** What follows from a read: a decision, the next read, or, where its lookup has given up, something for later ones. */
  #received(ticket, items, error, lookup) {
    if (lookup.isOver) return this.#late(ticket, items, lookup);
    const next = this.#step(lookup, (reader) => this.#receive(reader, ticket, items, error, lookup));
    items?.forEach((item) => item.release());
    if (next !== undefined) this.#read(next, lookup);
  }

  #receive(reader, ticket, items, error, { asked }) {
    const now = this.#now();
    if (this.#isConfirmed(reader, ticket, items, now)) {
      const kept = this.#hits.get(asked, now);
      if (kept !== undefined) return { kept };
    }
    return reader.receive(asked, ...ticket, items, error, now);
  }

  /** Whether what came says no more than that nothing is new. If not, what is kept may not be the answer any more. */
  #isConfirmed(reader, ticket, items, now) {
    const until = items?.length === 1 ? reader.confirm(...ticket, items[0], now) : undefined;
    if (until === undefined) this.#hits.clear();
    else this.#hits.extend(now, until);
    return until !== undefined;
  }

  /**
   * Goes on when the platform has hashed what is large and new. Where it is hashing already, Rust hashes: then at most one
   * more reader of the same bytes does the work, and all others find it done.
   */
  #hashed(items, goOn) {
    if (items === undefined || !hasEntries(items) || this.#hashing > 0 || this.#knows(items[0])) return goOn();
    this.#hashing += 1;
    const finish = () => {
      this.#hashing -= 1;
      goOn();
    };
    return hash(items).then(finish, finish);
  }

  #knows(manifest) {
    try {
      return this.#wasm.call(() => this.#current().knows(manifest));
    } catch {
      return false;
    }
  }

  /** A lookup whose time is over goes to Paris. Its read is left to finish, with the runtime's leave. */
  #giveUp(lookup) {
    lookup.isOver = true;
    const { budgetMs } = this.#options;
    if (hasWaitUntil(lookup.context)) this.#keepAlive(lookup, new Promise((resolve) => {
      lookup.onLate = resolve;
      setTimeout(resolve, budgetMs);
    }));
    const { asked, ticket } = lookup;
    this.#step(lookup, (reader) => reader.receive(asked, ...ticket, undefined, undefined, this.#now()));
  }

  /** What a read brought after its lookup had given up. */
  #late(ticket, items, lookup) {
    const { request } = lookup;
    if (items !== undefined) {
      this.#hits.clear();
      this.#step({ request, since: monotonic() }, (reader) => reader.receiveLate(...ticket, items));
      items.forEach((item) => item.release());
    }
    lookup.onLate?.();
  }

  #canReadBehind(context) {
    return this.#options.behind && !this.#isWaitUntilBad && hasWaitUntil(context);
  }

  /**
   * Reads behind an answer until nothing more is to be read, or the time for that is over: being slow is no failure. Gives
   * whether the runtime waits for it; if not, nothing was read.
   */
  #readBehind(first, lookup) {
    let finish;
    if (!this.#keepAlive(lookup, new Promise((resolve) => (finish = resolve)))) return false;
    const refresh = { request: lookup.request, since: monotonic(), isOver: false, onLate: finish };
    const giveUp = () => {
      refresh.isOver = true;
      finish();
    };
    const timer = setTimeout(giveUp, this.#options.budgetMs);
    const goOn = ({ ticket }) => {
      this.#fetch(ticket, (items, error) => {
        if (refresh.isOver) return this.#late(ticket, items, refresh);
        const next = this.#step(refresh, (reader) => this.#receiveBehind(reader, ticket, items, error));
        items?.forEach((item) => item.release());
        if (next !== undefined) return goOn(next);
        clearTimeout(timer);
        return finish();
      });
    };
    goOn(first);
    return true;
  }

  #receiveBehind(reader, ticket, items, error) {
    const now = this.#now();
    if (this.#isConfirmed(reader, ticket, items, now)) return undefined;
    return reader.receiveBehind(...ticket, items, error, now);
  }

  /** Has the runtime wait for work that goes on after the answer. Gives whether it does. */
  #keepAlive(lookup, work) {
    try {
      quietly(lookup.context.waitUntil(work));
      return true;
    } catch (error) {
      if (!this.#isWaitUntilBad) {
        this.#isWaitUntilBad = true;
        const event = { event: "atlas_wait_until_failed", level: "warn", suppressed: 0 };
        emit(this.#log, { ...event, message: `waitUntil threw: ${text(error)}; lookups wait for the store` }, lookup);
      }
      return false;
    }
  }

  /**
   * One synchronous step in the Wasm: what Rust decides is answered before anything else can happen. Gives the read that
   * is to be made, if there is one.
   */
  #step(lookup, run) {
    let step;
    const events = [];
    try {
      step = this.#wasm.call(() => {
        const reader = this.#current();
        const decided = run(reader);
        reader.takeEvents(events);
        return decided;
      });
    } catch (error) {
      this.#hits.clear();
      this.#internalError(error, lookup);
      return undefined;
    }
    const isRead = step?.ticket !== undefined;
    if (isRead) this.#reads = Math.max(this.#reads, step.ticket[0]);
    else if (step !== undefined) this.#decide(step, lookup);
    for (const event of events) emit(this.#log, event, lookup);
    return isRead ? step : undefined;
  }

  /** Answers a lookup as Rust decided. */
  #decide(step, lookup) {
    if (step.kept !== undefined) {
      this.#answer(lookup, this.#serve(step.kept, this.#now()));
      return;
    }
    if (step.reason !== undefined) {
      this.#answer(lookup, this.#fallback(step.reason, step.refreshHint, lookup));
      return;
    }
    const now = this.#now();
    let hit;
    try {
      hit = served(step, lookup.asked);
    } catch (error) {
      // The value is not what was verified any more: whatever was read is read again.
      this.#reader = undefined;
      this.#hits.clear();
      this.#internalError(error, lookup);
      return;
    }
    this.#floor = Math.max(this.#floor, hit.version);
    this.#hits.keep(lookup.asked, hit, now);
    this.#answer(lookup, this.#serve(hit, now));
  }

  /** An error in Atlas itself costs this lookup a fallback, the readers what they knew, nothing else. */
  #internalError(error, lookup) {
    if (lookup.done) this.#answer(lookup, this.#fallback("internal_error", undefined, lookup));
    const suppressed = this.#internalErrors.admit(this.#now());
    if (suppressed === undefined) return;
    const event = { event: "atlas_internal_error", level: "error", reason: "internal_error", suppressed };
    emit(this.#log, { ...event, message: text(error) }, lookup);
  }

  #fallback(reason, refreshHint, lookup) {
    this.#counters.fallback(reason);
    return fallback(reason, left(this.#options.budgetMs, lookup.since), refreshHint, this.#counters.send());
  }

  #answer(lookup, decision) {
    const { done } = lookup;
    lookup.done = undefined;
    lookup.isOver = true;
    clearTimeout(lookup.timer);
    done?.(decision);
  }

  /** The reader: a cold one if there is none yet, or if the instance that it lived in was dropped. */
  #current() {
    if (this.#reader === undefined || this.#generation !== this.#wasm.generation) {
      const { refreshMs, maxAgeMs, logWindowMs, signed } = this.#options;
      const { Reader } = this.#wasm.glue;
      this.#reader = new Reader(refreshMs, maxAgeMs, logWindowMs, signed, this.#floor, this.#reads, host);
      this.#generation = this.#wasm.generation;
    }
    return this.#reader;
  }
}

function hasWaitUntil(context) {
  try {
    return typeof context?.waitUntil === "function";
  } catch {
    return false;
  }
}
