// What the tests change in the README's reader: a clock that they move, and patience for a busy machine.
export const clock = { ahead: 0 };

export const options = { now: () => Date.now() + clock.ahead, timeoutMs: 5_000 };
