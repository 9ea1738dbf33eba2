// Virtual time: the timers and the monotonic clock of the isolate, moved by the explorer alone, so that nothing sleeps.
// The wall clock can jump beside it; it is handed to the readers, or is the isolate's own.

export class Time {
  /** Milliseconds since the schedule began; never going back. */
  elapsed = 0;
  /** What the machine's wall clock says; by default it does not move. */
  wall = () => 0;
  #timers = new Map();
  #last = 0;

  /** Takes the place of the isolate's timers; gives how to put them back. */
  install() {
    const { setTimeout, clearTimeout, performance } = globalThis;
    const [now, dateNow] = [performance.now, Date.now];
    globalThis.setTimeout = (run, ms, ...rest) => this.#add(() => run(...rest), ms);
    globalThis.clearTimeout = (id) => this.#timers.delete(id);
    const time = this;
    const setNow = (value) => Object.defineProperty(performance, "now", { value, configurable: true, writable: true });
    setNow(() => time.elapsed);
    Date.now = () => time.wall();
    return () => {
      Date.now = dateNow;
      Object.assign(globalThis, { setTimeout, clearTimeout });
      setNow(now.bind(performance));
    };
  }

  reset() {
    this.elapsed = 0;
    this.#timers.clear();
  }

  #add(run, ms) {
    this.#last += 1;
    const at = this.elapsed + Math.max(1, Math.floor(Number(ms) || 0));
    this.#timers.set(this.#last, { run, at });
    return this.#last;
  }

  /** Runs the next timer that is due by `until`, at its own moment. Gives whether there was one. */
  next(until) {
    let first;
    for (const [id, timer] of this.#timers) if (timer.at <= until && !(timer.at >= first?.timer.at)) first = { id, timer };
    if (first === undefined) {
      this.elapsed = Math.max(this.elapsed, until);
      return false;
    }
    this.#timers.delete(first.id);
    this.elapsed = Math.max(this.elapsed, first.timer.at);
    first.timer.run();
    return true;
  }
}

/** Lets `count` microtasks go by. */
export async function ticks(count) {
  for (let left = count; left > 0; left -= 1) await null;
}
