// The Wasm instance that all readers of an isolate share. It is made when it is first needed, and made anew after a trap.

export class Wasm {
  /** How many instances there were before this one: what lived in an earlier one is gone. */
  generation = 0;
  #isBusy = false;

  constructor(glue) {
    this.glue = glue;
  }

  /**
   * One synchronous call into the Wasm. Whatever is thrown out of it is a trap, or left its frames as a trap does: the
   * instance is dropped, and the error handed on. A value of the store that calls Atlas while it is being written out
   * finds the Wasm busy, which is no trap.
   */
  call(work) {
    if (this.#isBusy) throw new Error("Atlas was called from within a value of the store");
    this.#isBusy = true;
    try {
      this.glue.ready();
      return work(this.glue);
    } catch (error) {
      this.#drop();
      throw error;
    } finally {
      this.#isBusy = false;
    }
  }

  /** A call that is no lookup; after a trap once more, on a new instance. */
  retryAfterTrap(work) {
    try {
      return this.call(work);
    } catch {
      return this.call(work);
    }
  }

  #drop() {
    this.generation += 1;
    try {
      this.glue.__wbg_reset_state();
    } catch {
      // Where no instance can be made, `ready` says so at the next call.
    }
  }
}
