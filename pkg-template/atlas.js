// What every runtime shares: the API over the Wasm's exports. Rust decides; here stand the awaits, the timers and
// the clock, which are JavaScript's, and the guard that makes of a trap one fallback instead of a broken isolate.
import { host } from "./host.js";

/** How long a name can be that any record has. What is longer names no record, and is not copied into the Wasm. */
const LONGEST_NAME = 512;

/** What stands between two names, in place of one that is missing, and of one that no record can have. */
const SEPARATOR = "\u001f";
const MISSING = "\u001e";
const UNKNOWN = "\u001d";
const SPECIAL = /[\u001d-\u001f]/;

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
    KEYS: Object.freeze(glue.keys()),
    storedKey: (key) => checked(() => glue.storedKey(String(key))),
    verifySnapshot: (items) => wasm.twice(() => glue.verifySnapshot(items)),
    createAtlas: (options) => new Atlas(wasm, options ?? {}),
  };
}

/** The Wasm instance that all readers of an isolate share. After a trap it is dropped, and with it what they knew. */
class Wasm {
  generation = 0;

  constructor(glue) {
    this.glue = glue;
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
  #timeoutMs;
  #budgetMs;

  constructor(wasm, options) {
    this.#wasm = wasm;
    this.#options = options;
    this.#client = option(options, "client", "an object with getAll", (client) => typeof client.getAll === "function");
    this.#log = option(options, "log", "a function", (log) => typeof log === "function") ?? wasm.glue.logToConsole;
    this.#now = option(options, "now", "a function", (now) => typeof now === "function") ?? Date.now;
    const reader = checked(() => this.#current());
    this.#timeoutMs = reader.timeoutMs;
    this.#budgetMs = reader.budgetMs;
  }

  peek(request) {
    const started = this.#now();
    if (!this.#client) return this.#notConfigured(request, started);
    return this.#peek(request, names(request), started);
  }

  async lookup(request) {
    const started = this.#now();
    if (!this.#client) return this.#notConfigured(request, started);
    const asked = names(request);
    const known = this.#peek(request, asked, started);
    if (known !== undefined) return known;
    let step = this.#step(request, started, (reader) => reader.begin(request, asked, started));
    while (step.ticket) {
      const { ticket } = step;
      const [kind, answer] = await this.#read(step, this.#left(this.#timeoutMs, started));
      const now = this.#now();
      step = this.#step(request, started, (reader) => reader.receive(request, asked, ticket, kind, answer, now));
    }
    return step;
  }

  /** The way that nearly every lookup takes: one call into the Wasm, and nothing to log. */
  #peek(request, asked, started) {
    let step;
    try {
      const reader = this.#current();
      step = reader.peek(request, asked, started);
      if (step === undefined || (step.source === "atlas" && step.warnings.length === 0)) return step;
      this.#emitAll(reader, request, started);
    } catch (error) {
      step = this.#trapped(error, request, started);
    }
    return this.#told(step, started);
  }

  async resolve(request, fetchParis) {
    const started = this.#now();
    const decision = await this.lookup(request);
    if (decision.source === "atlas") return decision;
    const remainingMs = this.#left(this.#budgetMs, started);
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(outOfBudget(this.#budgetMs)), remainingMs);
    try {
      const context = { signal: controller.signal, headers: decision.headers, remainingMs, decision };
      return { ...decision, value: await fetchParis(request, context) };
    } finally {
      clearTimeout(timer);
    }
  }

  health() {
    return this.#wasm.twice(() => this.#current().health(this.#now()));
  }

  /** The reader: a cold one if there is none yet, or if the instance that it lived in was dropped. */
  #current() {
    if (this.#generation !== this.#wasm.generation) {
      this.#reader = new this.#wasm.glue.Reader(this.#options, host);
      this.#generation = this.#wasm.generation;
    }
    return this.#reader;
  }

  #notConfigured(request, started) {
    return this.#step(request, started, (reader) => reader.notConfigured(started));
  }

  /** One synchronous step of a lookup in the Wasm. */
  #step(request, started, run) {
    let step;
    try {
      const reader = this.#current();
      step = run(reader);
      this.#emitAll(reader, request, started);
    } catch (error) {
      step = this.#trapped(error, request, started);
    }
    return this.#told(step, started);
  }

  /** A trap costs this lookup a fallback, the readers what they knew, and nothing else. */
  #trapped(error, request, started) {
    this.#wasm.drop();
    const event = { event: "atlas_internal_error", level: "error", reason: "internal_error", suppressed: 0 };
    this.#emit({ ...event, message: text(error) }, request, started);
    return host.miss("internal_error", undefined);
  }

  /** The same step; a fallback says what is left of the budget. */
  #told(step, started) {
    if (step?.source === "paris") step.remainingMs = this.#left(this.#budgetMs, started);
    return step;
  }

  /**
   * One read of the store, given up after `left` milliseconds. A read that is given up is left to finish, and what it
   * brings serves later lookups. Nothing of it is ever awaited by another lookup.
   */
  #read({ keys, ticket }, left) {
    if (left <= 0) return ["timeout", undefined];
    return new Promise((resolve) => {
      let timer;
      let waiting = true;
      const settle = (...answer) => {
        const first = waiting;
        waiting = false;
        clearTimeout(timer);
        resolve(answer);
        return first;
      };
      timer = setTimeout(settle, left, "timeout", undefined);
      try {
        this.#current()
          .read(this.#client, keys)
          .then(
            (items) => settle("items", items) || this.#late(ticket, items),
            (error) => settle("error", text(error)),
          );
      } catch (error) {
        settle("error", text(error));
      }
    });
  }

  #late(ticket, items) {
    this.#step({}, this.#now(), (reader) => reader.receiveLate(ticket, items));
  }

  /** What is left, in milliseconds, of a time that began at `started`; at least 0. */
  #left(ms, started) {
    return Math.max(0, ms - Math.max(0, this.#now() - started));
  }

  #emitAll(reader, request, started) {
    for (const event of reader.takeEvents() ?? []) this.#emit(event, request, started);
  }

  #emit(event, request, started) {
    const { publicId, requestId } = request ?? {};
    try {
      this.#log({
        ...event,
        ...(typeof requestId === "string" && { requestId }),
        ...(typeof publicId === "string" && { publicId }),
        elapsedMs: Math.max(0, this.#now() - started),
      });
    } catch {
      // A log callback that throws must not cost the request its answer.
    }
  }
}

/**
 * The four names that a lookup asks for, as one text; the Wasm takes it apart again (`asked` in exports.rs). What is no
 * text counts as missing, and what is too long, or holds a separator, names no record whatever it is cut to.
 */
function names(request) {
  if (request === undefined || request === null) return `${MISSING}${SEPARATOR}${MISSING}${SEPARATOR}${MISSING}${SEPARATOR}${MISSING}`;
  const { widgetType, templateId, schemaVersion, plan } = request;
  return name(widgetType) + SEPARATOR + name(templateId) + SEPARATOR + name(schemaVersion) + SEPARATOR + name(plan);
}

function name(value) {
  if (typeof value !== "string") return MISSING;
  return value.length > LONGEST_NAME || SPECIAL.test(value) ? UNKNOWN : value;
}

/** An option that is a function or an object; `undefined` and `null` stand for its default. */
function option(options, name, expected, fits) {
  const value = options[name];
  if (value === undefined || value === null) return undefined;
  if (fits(value)) return value;
  throw new AtlasError("ATLAS_BAD_OPTION", `option ${name}: expected ${expected}, found ${typeof value}`);
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

function outOfBudget(budgetMs) {
  return new DOMException(`@clickeen/atlas: the budget of ${budgetMs} ms is used up`, "TimeoutError");
}
