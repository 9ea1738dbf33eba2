// The reader's state machine in the Wasm, and what outlives it: an instance that traps takes its reader with it.
import { host, takeMade } from "./host.js";

/** @import { Reader } from "./glue.js" */
/** @import { Options } from "./options.js" */
/** @import { Given, Glue } from "./protocol.js" */
/** @import { Wasm } from "./wasm.js" */

export class Session {
  #wasm;
  #options;
  /** The highest version that was served, or is embedded. */
  floor;
  /** The number of the last read. */
  #reads = 0;
  /** Whether something was done that the reader was not asked for, and has yet to be told. */
  #isUntold = false;
  /** The number of the last read that brought nothing new, and when that began. */
  #confirmed = 0;
  #confirmedAt = 0;
  /** @type {Reader | undefined} */
  #reader;
  #generation = -1;

  /**
   * @param {Wasm<Glue>} wasm
   * @param {Options} options
   */
  constructor(wasm, options) {
    this.#wasm = wasm;
    this.#options = options;
    this.floor = options.minVersion;
  }

  /** The reader, if there is one in the present instance. */
  get reader() {
    return this.#generation === this.#wasm.generation ? this.#reader : undefined;
  }

  /**
   * Makes one call of the reader, and gives what it made. After any error, trap or not, the next call gets a new reader: this
   * one was left in the middle of its work.
   *
   * @template T
   * @param {(reader: Reader) => T} run
   * @returns {Given<T>}
   */
  call(run) {
    try {
      const given = this.#wasm.call(() => run(this.#current()));
      return /** @type {any} */ (takeMade() ?? given);
    } catch (error) {
      // A call out of order leaves alone the reader whose call is under way.
      if (!this.#wasm.isBusy) this.drop();
      throw error;
    }
  }

  /** Drops the reader, and what it has made. The next call gets a cold one. */
  drop() {
    this.#reader = undefined;
    takeMade();
  }

  /**
   * Notes that a read brought nothing new; the reader is told with its next call.
   *
   * @param {number} number
   * @param {number} startedAt
   */
  confirm(number, startedAt) {
    if (number <= this.#confirmed) return;
    this.#isUntold = true;
    this.#confirmed = number;
    this.#confirmedAt = startedAt;
  }

  /** @param {number} version one that was served, or is embedded: no reader serves less from now on */
  keepAbove(version) {
    this.floor = Math.max(this.floor, version);
  }

  /** Numbers a read that the reader was not asked for. */
  numberRead() {
    this.#isUntold = true;
    return (this.#reads += 1);
  }

  /** @param {number} number that of a read: later readers number theirs above it */
  countRead(number) {
    this.#reads = Math.max(this.#reads, number);
  }

  #current() {
    const { reader } = this;
    if (reader !== undefined) {
      if (this.#isUntold) reader.catchUp(this.#reads, this.#confirmed, this.#confirmedAt);
      this.#isUntold = false;
      return reader;
    }
    this.#isUntold = false;
    const { refreshMs, maxAgeMs, logWindowMs, signatures, isOwnClock, now } = this.#options;
    // Isolates that begin together begin at different milliseconds. By a caller's clock every wait is what was set.
    const moment = isOwnClock ? now() : 0;
    const { Reader } = this.#wasm.glue;
    this.#generation = this.#wasm.generation;
    return (this.#reader = new Reader(refreshMs, maxAgeMs, logWindowMs, signatures !== undefined, moment, this.floor, this.#reads, host));
  }
}
