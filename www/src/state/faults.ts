// The faults that are switched on in the local store, whoever switched them. Requests go one after another, so that an old
// answer does not hide a new one.
import { signal } from "@preact/signals";

import { faults, switchFaults, type StoreFault } from "./local-store";

export const switchedOn = signal<readonly StoreFault[]>([]);

/** Why the store did not say, if it did not. */
export const faultProblem = signal<string | null>(null);

const ASK_EVERY_MS = 1_000;

let last: Promise<void> = Promise.resolve();
let waiting = 0;

/** Asks again and again what is switched on, until the function that it gives is called. */
export function followFaults(): () => void {
  const ask = () => void (waiting === 0 && inTurn(faults));
  ask();
  const timer = setInterval(ask, ASK_EVERY_MS);
  return () => clearInterval(timer);
}

/** Switches one fault, and leaves all others as they are in the store by then. */
export function switchFault(fault: StoreFault, isOn: boolean): void {
  inTurn(async () => {
    const others = (await faults()).filter((other) => !isSame(fault, other));
    return switchFaults(isOn ? [...others, fault] : others);
  });
}

export function switchAllOff(): void {
  inTurn(() => switchFaults([]));
}

/** Whether one switch is for both, whatever their figures. */
export function isSame(a: StoreFault, b: StoreFault): boolean {
  return a.kind === b.kind && a.key === b.key && a.on === b.on;
}

function inTurn(work: () => Promise<readonly StoreFault[]>): void {
  waiting += 1;
  const settle = (faults: readonly StoreFault[], problem: string | null) => {
    waiting -= 1;
    switchedOn.value = faults;
    faultProblem.value = problem;
  };
  last = last.then(work).then((faults) => settle(faults, null), (error: Error) => settle(switchedOn.peek(), error.message));
}
