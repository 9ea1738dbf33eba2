// Drives lookups through the reader's state machine. Rust decides; here are the waiting, the timers and the reads, which
// are JavaScript's.
//
// The protocol. Each call is one synchronous step, and its duty is done in that step. A read is named by its `ticket`,
// which goes back with what the read received.
//
// | call            | gives           | the driver's duty                                     | next for this lookup       |
// | --------------- | --------------- | ----------------------------------------------------- | -------------------------- |
// | `peek`          | hit or miss     | answer                                                | none                       |
// |                 | nothing         | give `undefined`                                      | none                       |
// | `begin`         | hit or miss     | answer                                                | none                       |
// |                 | read            | start it; one timer for all reads of the lookup       | `receive`                  |
// |                 | read with a hit | start the read and answer the hit; or, if nobody      | `receiveBehind`            |
// |                 |                 | waits for it, `begin` again on a new reader           |                            |
// | `receive`       | hit or miss     | answer                                                | late `receiveBehind`, if   |
// |                 |                 |                                                       | the read was given up      |
// |                 | read            | start it                                              | `receive`                  |
// | `receiveBehind` | read            | start it                                              | `receiveBehind`            |
// |                 | nothing         | let the runtime go                                    | none                       |
// | `embed`         | a version       | no reader in its place may serve less; before `begin` | `begin`                    |
// |                 | nothing         | go on with a cold reader                              | `begin`                    |
// | `lastResort`    | hit             | answer, if Paris has failed                           | none                       |
// |                 | nothing         | pass Paris's error on                                 | none                       |
//
// A manifest that is read alone, and is the one behind the hits that are kept (`hits.js`), confirms them. No call is made then, and
// none to begin such a read. Before its next call Rust is told (`catchUp`). Whatever else a read brings empties what is kept
// before Rust judges it.
//
// Rust hands log events to `host.js` during a step, and they are logged after the answer. `health` may be called at any time. If
// a call throws, the answer is `internal_error` and the reader is replaced, since it stopped in the middle of its work. The
// version floor, the number of the last read and the counters outlive it.
import { monotonic } from "./clock.js";
import { served } from "./decisions.js";
import { Embedded } from "./embedded.js";
import { Preparation } from "./prepare.js";
import { ask, read } from "./read.js";
import { STORED_KEYS, keysToRead } from "./registry.js";
import { Session } from "./session.js";
import { Steps } from "./steps.js";
import { KeepAlive } from "./wait-until.js";
import { warmBetween } from "./warm.js";

/** @import { EdgeConfigReader } from "../index.js" */
/** @import { Answers } from "./answers.js" */
/** @import { KeptHit } from "./decisions.js" */
/** @import { Item } from "./items.js" */
/** @import { Log } from "./log.js" */
/** @import { Options } from "./options.js" */
/** @import { Glue, Lookup, Read, Ticket } from "./protocol.js" */
/** @import { Wasm } from "./wasm.js" */

export class Driver {
  #wasm;
  #options;
  #answers;
  #now;
  #session;
  #steps;
  #preparation;
  #embedded;
  #keepAlive;
  #practise;

  /**
   * @param {Wasm<Glue>} wasm
   * @param {Options} options
   * @param {Answers} answers
   * @param {Log} log
   * @param {() => Promise<unknown>} practise makes a lookup that nobody waits for
   */
  constructor(wasm, options, answers, log, practise) {
    this.#wasm = wasm;
    this.#options = options;
    this.#answers = answers;
    this.#now = options.now;
    this.#session = new Session(wasm, options);
    this.#steps = new Steps(this.#session, options, answers, log);
    this.#preparation = new Preparation(options);
    this.#embedded = new Embedded(this.#session, this.#preparation, options, log);
    this.#keepAlive = new KeepAlive(log);
    this.#practise = practise;
  }

  /**
   * Answers from memory, or not at all. A cold peek makes no instance: it has no memory, and the first lookup makes one while
   * the store answers.
   *
   * @param {Lookup} lookup
   */
  peek(lookup) {
    if (!this.#options.client) this.#steps.refuse(lookup);
    else if (!this.#wasm.isCold) this.#steps.make(lookup, (reader, now) => reader.peek(lookup.asked, now));
  }

  /**
   * Begins a lookup, which is answered sooner or later: at once where the platform sets no timer (a Worker before its first
   * request).
   *
   * @param {Lookup} lookup
   */
  begin(lookup) {
    const { client } = this.#options;
    try {
      if (!client) this.#steps.refuse(lookup);
      else if (this.#embedded.isDue) this.#beginEmbedded(client, lookup);
      else if (this.#wasm.isCold) this.#beginCold(client, lookup);
      else this.#begin(client, lookup);
    } catch (error) {
      this.#steps.internalError(error, lookup);
    }
  }

  /**
   * Begins a lookup before its reader has the embedded snapshot. However long the platform takes to check that, the lookup
   * waits no longer than for the store.
   *
   * @param {EdgeConfigReader} client
   * @param {Lookup} lookup
   */
  #beginEmbedded(client, lookup) {
    this.#startTimer(lookup);
    this.#embed(lookup, () => lookup.isOver || this.#begin(client, lookup));
  }

  /**
   * Begins a lookup before there is an instance of the Wasm. The first read needs no more than the names of the keys: it goes
   * out at once, and the instance is made while the store answers. Each lookup reads for itself, as ever.
   *
   * @param {EdgeConfigReader} client
   * @param {Lookup} lookup
   */
  #beginCold(client, lookup) {
    const answer = ask(client, STORED_KEYS);
    lookup.first = { answer, number: this.#session.numberRead() };
    const goOn = () => lookup.isOver || this.#begin(client, lookup);
    answer.then(goOn, goOn);
    void warmBetween(this.#wasm, this.#options.runtime.turnsToConnect, this.#practise);
    this.#startTimer(lookup);
  }

  /**
   * Finds the hit that is served where the store and Paris have failed, and calls `done` once, in the step that decides: with
   * the hit, or with nothing.
   *
   * @param {Lookup} lookup
   * @param {number} maxAgeMs
   * @param {(hit?: KeptHit, now?: number) => void} done
   */
  lastResort(lookup, maxAgeMs, done) {
    const { asked } = lookup;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer = setTimeout(() => {
      timer = undefined;
      done();
    }, this.#options.timeoutMs);
    this.#embed(lookup, () => {
      // Nobody would be served what counts as served.
      if (timer === undefined) return;
      clearTimeout(timer);
      const now = this.#now();
      let hit;
      try {
        const found = this.#session.call((reader) => reader.lastResort(asked, maxAgeMs, now));
        hit = found && served(found, asked);
        this.#session.keepAbove(hit?.version ?? 0);
      } catch (error) {
        this.#steps.failed(error, lookup);
      }
      done(hit, now);
    });
  }

  /**
   * @param {Lookup} lookup
   * @param {() => void} goOn
   */
  #embed(lookup, goOn) {
    this.#embedded.hand(lookup, (run) => this.#steps.judge(refreshFor(lookup.request), run), goOn);
  }

  /**
   * @param {EdgeConfigReader} client
   * @param {Lookup} lookup
   */
  #begin(client, lookup) {
    const { asked } = lookup;
    const joins = lookup.first !== undefined;
    if (!this.#options.behind && !joins && this.#refreshAlone(client, lookup)) return;
    const hasTemplate = asked.templateId !== undefined;
    const hasPlan = asked.plan !== undefined;
    const begin = (/** @type {boolean} */ behind) =>
      this.#steps.make(lookup, (reader, now) => reader.begin(asked, hasTemplate, hasPlan, behind, joins, now));
    let step = begin(this.#options.behind && !joins && this.#keepAlive.isThere(lookup));
    if (step?.hit !== undefined) {
      if (this.#readBehind(client, step, lookup)) return this.#steps.answer(step.hit, lookup, step.ticket[2]);
      // The reader takes the hit for served.
      this.#session.drop();
      step = begin(false);
    }
    if (step !== undefined) this.#read(client, step.ticket, lookup);
  }

  /**
   * Reads the manifest alone, without asking Rust, where that is all that a kept hit needs.
   *
   * @param {EdgeConfigReader} client
   * @param {Lookup} lookup
   */
  #refreshAlone(client, lookup) {
    const now = this.#now();
    const isDue = this.#session.reader !== undefined && this.#answers.hits.isDue(lookup.asked, now);
    if (isDue) this.#read(client, [this.#session.numberRead(), 1, now, 0], lookup);
    return isDue;
  }

  /**
   * What the health block says of the snapshot; `undefined` if the reader failed, and is another one now.
   *
   * @param {number | undefined} hitRate of the last hour, 0 to 1
   * @param {number} [now]
   */
  health(hitRate, now = this.#now()) {
    try {
      return this.#session.call((reader) => reader.health(hitRate, now));
    } catch {
      return undefined;
    }
  }

  /**
   * Starts a read that a lookup waits for. However many a lookup takes, they share one deadline.
   *
   * @param {EdgeConfigReader} client
   * @param {Ticket} given
   * @param {Lookup} lookup
   */
  #read(client, given, lookup) {
    const { first, started } = lookup;
    const [, attempt, , entries] = given;
    // A first read began before those of the reader, which numbers its own above it.
    const ticket = (lookup.ticket = first ? [first.number, attempt, started, entries] : given);
    this.#startTimer(lookup);
    this.#fetch(client, ticket, lookup, (items, error, confirmedAt) => {
      if (confirmedAt !== undefined && this.#steps.answerAgain(lookup, confirmedAt)) return;
      this.#wasm.isPractised = true;
      const step = confirmedAt === undefined ? "judge" : "make";
      const next = this.#steps[step](lookup, (reader, now) => reader.receive(lookup.asked, ...ticket, items, error, now));
      if (next !== undefined) this.#read(client, next.ticket, lookup);
    });
  }

  /**
   * Starts a lookup's time-out, if it does not run yet. It is for the store: what this machine spends on the instance
   * meanwhile is added to it.
   *
   * @param {Lookup} lookup
   */
  #startTimer(lookup) {
    const before = this.#wasm.warmedMs;
    const giveUp = () => lookup.isOver || this.#giveUp(lookup);
    lookup.timer ??= setTimeout(() => {
      const more = this.#wasm.warmedMs - before;
      return more > 0 ? setTimeout(giveUp, more) : giveUp();
    }, this.#options.timeoutMs);
  }

  /**
   * Makes one read, and takes what it received: in time for its lookup, or for later ones.
   *
   * @param {EdgeConfigReader} client
   * @param {Ticket} ticket
   * @param {Lookup} lookup
   * @param {(items: Item[] | undefined, error: string | undefined, confirmedAt: number | undefined) => void} goOn
   */
  #fetch(client, ticket, lookup, goOn) {
    const [, , , entries] = ticket;
    read(client, keysToRead(entries), lookup, (items, error) => {
      const confirmedAt = lookup.isOver ? undefined : this.#confirmed(ticket, items);
      if (confirmedAt !== undefined) return goOn(items, error, confirmedAt);
      this.#preparation.of(items, () => {
        if (lookup.isOver) this.#late(client, ticket, items, lookup);
        else goOn(items, error, undefined);
        items?.forEach((item) => item.release());
      });
    });
  }

  /**
   * The moment, if a read says no more than that nothing is new: what is kept stands. Rust is told with its next call.
   *
   * @param {Ticket} ticket
   * @param {Item[] | undefined} items
   */
  #confirmed([number, , startedAt, entries], items) {
    const manifest = entries === 0 ? items?.[0] : undefined;
    const now = this.#now();
    if (manifest === undefined || !this.#answers.hits.confirm(manifest, number, startedAt, now)) return undefined;
    this.#session.confirm(number, startedAt);
    return now;
  }

  /**
   * Answers a lookup whose time is up. Its read is left to finish, and the runtime is asked to wait for it.
   *
   * @param {Lookup} lookup
   */
  #giveUp(lookup) {
    // One that waits for the instance, or for the embedded snapshot, has yet to begin.
    if (lookup.ticket === undefined && this.#options.client) this.#begin(this.#options.client, lookup);
    const { asked, ticket } = lookup;
    if (ticket === undefined || lookup.isOver) return;
    lookup.isOver = true;
    this.#steps.judge(lookup, (reader, now) => reader.receive(asked, ...ticket, undefined, undefined, now));
    if (!this.#keepAlive.ask(lookup, (finish) => (lookup.onLate = finish))) return;
    lookup.timer = setTimeout(() => lookup.onLate?.(), this.#options.budgetMs);
  }

  /**
   * Takes what a read received after its lookup had given up, and makes the read that follows from it.
   *
   * @param {EdgeConfigReader} client
   * @param {Ticket} ticket
   * @param {Item[] | undefined} items
   * @param {Lookup} lookup
   */
  #late(client, ticket, items, lookup) {
    if (items !== undefined) {
      const next = this.#steps.judge(refreshFor(lookup.request), (reader, now) =>
        reader.receiveBehind(...ticket, items, undefined, true, now));
      if (next !== undefined) return this.#fetch(client, next.ticket, lookup, () => {});
    }
    this.#finish(lookup);
  }

  /**
   * Lets the runtime go: nothing is left to wait for.
   *
   * @param {Lookup} lookup
   */
  #finish({ timer, onLate }) {
    clearTimeout(timer);
    onLate?.();
  }

  /**
   * Reads behind an answer until nothing more is to be read, or for `budgetMs`: being slow is no failure. Gives whether the
   * runtime waits for it; if not, nothing was read.
   *
   * @param {EdgeConfigReader} client
   * @param {Read} first
   * @param {Lookup} lookup
   */
  #readBehind(client, first, lookup) {
    const refresh = refreshFor(lookup.request);
    if (!this.#keepAlive.ask(lookup, (finish) => (refresh.onLate = finish))) return false;
    refresh.timer = setTimeout(() => {
      refresh.isOver = true;
      refresh.onLate?.();
    }, this.#options.budgetMs);
    this.#refresh(client, first, refresh);
    return true;
  }

  /**
   * One read of a refresh, and those that follow from it.
   *
   * @param {EdgeConfigReader} client
   * @param {Read} step
   * @param {Lookup} refresh
   */
  #refresh(client, { ticket }, refresh) {
    this.#fetch(client, ticket, refresh, (items, error, confirmedAt) => {
      if (confirmedAt !== undefined) return this.#finish(refresh);
      const next = this.#steps.judge(refresh, (reader, now) => reader.receiveBehind(...ticket, items, error, false, now));
      if (next !== undefined) this.#refresh(client, next, refresh);
      else this.#finish(refresh);
    });
  }
}

/**
 * A refresh that no lookup waits for.
 *
 * @param {unknown} request the one that caused it
 * @returns {Lookup}
 */
function refreshFor(request) {
  return { request, asked: {}, context: undefined, started: 0, since: monotonic(), isOver: false };
}
