// What every runtime shares: the API over the Wasm's exports. Rust decides; here stand the awaits, the timers and
// the clock, which are JavaScript's, and the guard that makes of a trap one fallback instead of a broken isolate.
import { Hits, decision } from "./hits.js";
import { host } from "./host.js";
import { hashed, itemsOf, manifestAlone } from "./items.js";
import { withinBudget } from "./paris.js";
import { asked, asker } from "./request.js";

/** How much of an error's message is logged. */
const LONGEST_MESSAGE = 200;

export class AtlasError extends Error {
  constructor(code, message) {
    super(`@clickeen/atlas: ${message}`);
    this.name = "AtlasError";
    this.code = code;
  }
}

/** Makes the API over one runtime's glue. */
export function define(glue) {
  const wasm = new Wasm(glue);
  return {
    AtlasError,
    KEYS: wasm.keys,
    storedKey: (key) => checked(() => glue.storedKey(String(key))),
    verifySnapshot: (items) => wasm.twice(() => glue.verifySnapshot(itemsOf(items, wasm.storedKeys))),
    createAtlas: (options) => new Atlas(wasm, options ?? {}),
  };
}

/** The Wasm instance that all readers of an isolate share. After a trap it is dropped, and with it what they knew. */
class Wasm {
  generation = 0;

  constructor(glue) {
    this.glue = glue;
    this.keys = Object.freeze(glue.keys());
    this.storedKeys = this.keys.map(glue.storedKey);
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
    this.#client = option(options, "client", "an object with getAll", (client) => typeof client.getAll === "function");
    this.#log = option(options, "log", "a function", (log) => typeof log === "function") ?? wasm.glue.logToConsole;
    this.#now = option(options, "now", "a function", (now) => typeof now === "function") ?? Date.now;
    this.#behind = option(options, "revalidate", '"blocking" or "background"', isRevalidation) === "background";
    const reader = checked(() => this.#current());
    this.#timeoutMs = reader.timeoutMs;
    this.#budgetMs = reader.budgetMs;
  }

  peek(request) {
    const now = this.#now();
    return this.#remembered(request, now) ?? this.#peek(request, now);
  }

  async lookup(request, context) {
    const now = this.#now();
    return this.#remembered(request, now) ?? this.#lookup(request, context, now);
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

  /** The way that nearly every lookup takes. */
  #remembered(request, now) {
    try {
      return this.#hits.get(request, now);
    } catch {
      return undefined;
    }
  }

  #peek(request, started) {
    const lookup = { request, asked: asked(request), started };
    if (!this.#client) return this.#notConfigured(lookup);
    return this.#told(this.#step(lookup, (reader) => reader.peek(lookup.asked, started)), lookup);
  }

  async #lookup(request, context, started) {
    const lookup = { request, asked: asked(request), started };
    if (!this.#client) return this.#notConfigured(lookup);
    const behind = this.#behind && typeof context?.waitUntil === "function";
    let step = this.#step(lookup, (reader) => reader.begin(lookup.asked, behind, started));
    if (step.hit !== undefined) {
      this.#goOn(context, this.#readBehind(step));
      step = step.hit;
    }
    while (step.ticket !== undefined) step = await this.#receive(step, lookup);
    return this.#told(step, lookup);
  }

  /** One read that a lookup waits for, and what follows from it: a decision, or the next read. */
  async #receive(read, lookup) {
    const { ticket } = read;
    const [kind, answer] = await this.#read(read, this.#left(this.#timeoutMs, lookup.started));
    const manifest = kind === "items" ? manifestAlone(answer, read.keys) : undefined;
    if (manifest !== undefined) {
      const same = this.#step(lookup, (reader) => reader.receiveUnchanged(lookup.asked, ticket, manifest, this.#now()));
      if (same !== undefined) return same;
    }
    const brought = kind === "items" ? await hashed(itemsOf(answer, read.keys)) : answer;
    this.#hits.clear();
    return this.#step(lookup, (reader) => reader.receive(lookup.asked, ticket, kind, brought, this.#now()));
  }

  #notConfigured(lookup) {
    return this.#told(this.#step(lookup, (reader) => reader.notConfigured(lookup.started)), lookup);
  }

  /** Has the runtime wait for work that goes on after the answer. */
  #goOn(context, work) {
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
      const brought = kind === "items" ? await hashed(itemsOf(answer, keys)) : answer;
      this.#hits.clear();
      next = this.#step(lookup, (reader) => reader.receiveBehind(ticket, kind, brought, this.#now()));
    }
  }

  /**
   * One read of the store, given up after `left` milliseconds. A read that is given up is left to finish, and what it
   * brings serves later lookups. Nothing of it is ever awaited by another lookup.
   */
  #read({ keys, ticket }, left) {
    if (left <= 0) return ["timeout", undefined];
    return new Promise((resolve) => {
      let waiting = true;
      const settle = (...answer) => {
        const first = waiting;
        waiting = false;
        clearTimeout(timer);
        resolve(answer);
        return first;
      };
      const timer = setTimeout(settle, left, "timeout");
      const failed = (error) => settle("error", text(error));
      try {
        const answer = this.#current().read(this.#client, keys);
        answer.then((answer) => settle("items", answer) || this.#late(ticket, keys, answer), failed);
      } catch (error) {
        failed(error);
      }
    });
  }

  /** What a read brought after its lookup had given up. Never rejects. */
  async #late(ticket, keys, answer) {
    const brought = await hashed(itemsOf(answer, keys));
    this.#hits.clear();
    this.#step({ started: this.#now() }, (reader) => reader.receiveLate(ticket, brought));
  }

  /** One synchronous step in the Wasm. A trap costs this lookup a fallback, the readers what they knew, nothing else. */
  #step(lookup, run) {
    try {
      const reader = this.#current();
      const step = run(reader);
      for (const event of reader.takeEvents() ?? []) this.#emit(event, lookup);
      return step;
    } catch (error) {
      this.#wasm.drop();
      this.#hits.clear();
      const event = { event: "atlas_internal_error", level: "error", reason: "internal_error", suppressed: 0 };
      this.#emit({ ...event, message: text(error) }, lookup);
      return host.miss("internal_error", undefined, undefined);
    }
  }

  /** The reader: a cold one if there is none yet, or if the instance that it lived in was dropped. */
  #current() {
    if (this.#generation !== this.#wasm.generation) {
      this.#reader = new this.#wasm.glue.Reader(this.#options, host);
      this.#generation = this.#wasm.generation;
    }
    const served = this.#hits.takeServed();
    if (served > 0) this.#reader.countHits(served);
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

function isRevalidation(value) {
  return value === "blocking" || value === "background";
}

/** An option; `undefined` and `null` stand for its default. */
function option(options, name, expected, fits) {
  const value = options[name];
  if (value === undefined || value === null) return undefined;
  if (fits(value)) return value;
  const found = typeof value === "string" ? JSON.stringify(value.slice(0, 80)) : typeof value;
  throw new AtlasError("ATLAS_BAD_OPTION", `option ${name}: expected ${expected}, found ${found}`);
}

/** Runs an export that may refuse what the caller gave. */
function checked(run) {
  try {
    return run();
  } catch (error) {
    if (typeof error?.code === "string") throw new AtlasError(error.code, error.message);
    throw error;
  }
}

function text(error) {
  return String(error?.message ?? error).slice(0, LONGEST_MESSAGE);
}
