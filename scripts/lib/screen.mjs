// Who prints, where two things run side by side. What runs in front prints at once. What runs behind it prints when nothing in
// front is printing, so that the lines of one suite stay together; and the programs that it starts get the rest of the
// machine's time.
import { AsyncLocalStorage } from "node:async_hooks";

/** What a program behind gives way by: the niceness of POSIX. */
const GIVES_WAY = 10;

/** @type {AsyncLocalStorage<{ print: (line: string) => void, niceness: number }>} */
const task = new AsyncLocalStorage();

/** What prints a line where the task that is under way prints. */
export function printer() {
  return task.getStore()?.print ?? ((line) => console.log(line));
}

/** The niceness of the programs that the task under way starts. */
export function niceness() {
  return task.getStore()?.niceness ?? 0;
}

export class Screen {
  #isTaken = false;
  #waiting = [];

  /** Runs what prints at once, line by line. One such thing runs at a time. */
  async front(work) {
    this.#isTaken = true;
    try {
      return await work();
    } finally {
      this.#isTaken = false;
      for (const block of this.#waiting.splice(0)) console.log(block);
    }
  }

  /** Runs what waits with its lines until they can be printed. With `isBlock` they are printed together, at its end. */
  async behind(work, { isBlock = false } = {}) {
    const lines = [];
    const say = (line) => (isBlock ? lines.push(line) : this.#say(line));
    try {
      return await task.run({ print: say, niceness: GIVES_WAY }, work);
    } finally {
      if (lines.length > 0) this.#say(lines.join("\n"));
    }
  }

  #say(block) {
    if (this.#isTaken) this.#waiting.push(block);
    else console.log(block);
  }
}
