// How the readers of a schedule are made: what each trusts, what came with its deployment, what is below it, and the callbacks
// that its caller has.

/** Which public keys a reader has, and how many of them must have signed. */
export const TRUST = {
  none: { keys: [], required: 0 },
  old: { keys: ["old"], required: 1 },
  new: { keys: ["new"], required: 1 },
  either: { keys: ["old", "new"], required: 1 },
  both: { keys: ["old", "new"], required: 2 },
};

/** How an embedded snapshot is handed over. The last three are none, but for one whose plan hints alone are damaged. */
export const FORMS = ["object", "json", "function", "function of json", "reenters", "damaged", "throws", "odd"];

/** Whether a reader may serve from a snapshot, by who has signed it. */
export function admits({ keys, required }, { signers, genuine }) {
  if (keys.length === 0) return genuine === undefined;
  return signers.filter((name) => keys.includes(name)).length >= required;
}

/** What a reader is given for a snapshot. Without keys nothing tells a forged one from a good one. */
export function readable(snapshots, { keys }) {
  return (snapshot) => (keys.length === 0 && snapshot.genuine !== undefined ? snapshots[snapshot.genuine] : snapshot);
}

/**
 * The snapshot that a reader brings with it: as the option, and its version if the reader may serve from it.
 *
 * @returns {{ option?: unknown, version: number }} version 0 for none
 */
export function embeddedIn({ snapshots, damagedHints }, { embedded, keys }, again) {
  if (embedded === null) return { version: 0 };
  const { form, place } = embedded;
  const trust = TRUST[keys];
  const snapshot = readable(snapshots, trust)(snapshots[place % snapshots.length]);
  const option = {
    object: () => JSON.parse(snapshot.json),
    json: () => snapshot.json,
    function: () => () => JSON.parse(snapshot.json),
    "function of json": () => () => snapshot.json,
    reenters: () => () => { again(); return snapshot.json; },
    damaged: () => snapshot.damaged[place % snapshot.damaged.length],
    throws: () => () => { throw new Error("snapshot"); },
    odd: () => () => 7,
  }[form]();
  const isWhole = FORMS.indexOf(form) < FORMS.indexOf("damaged");
  const isServed = (isWhole || (form === "damaged" && place % snapshot.damaged.length === damagedHints)) && admits(trust, snapshot);
  return { option, version: isServed ? snapshot.version : 0 };
}

/** A caller's `log`; `again`, here and below, asks the same reader something. */
export const LOGS = {
  none: () => {},
  throws: () => { throw new Error("log"); },
  rejects: () => Promise.reject(new Error("log")),
  thenable: () => ({ then: (_, failed) => failed(new Error("log")) }),
  reenters: (again) => again(),
};

/** A caller's `onDecision`, which tells `shown`. */
export function onDecision(shows, shown, again) {
  return {
    nothing: undefined,
    decisions: shown,
    throws: (...told) => { shown(...told); throw new Error("onDecision"); },
    rejects: async (...told) => { shown(...told); throw new Error("onDecision"); },
    reenters: (...told) => { shown(...told); again(); },
  }[shows];
}

/**
 * A caller's `now`: the wall clock; one that fails at two of three calls, where the machine's tells the same; none; or one that
 * asks the reader something first.
 */
export function clockOf(clock, now, again) {
  let calls = 0;
  const odd = () => {
    calls += 1;
    if (calls % 3 === 0) throw new Error("now");
    return calls % 3 === 1 ? now() : NaN;
  };
  const reenters = () => { again(); return now(); };
  return { given: now, odd, own: undefined, reenters }[clock];
}
