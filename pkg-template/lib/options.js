// The options of a reader, each read once and held to its range; and the error that names one that is out of it.

export class AtlasError extends Error {
  constructor(code, message) {
    super(`@clickeen/atlas: ${message}`);
    this.name = "AtlasError";
    this.code = code;
  }
}

/** Each time in milliseconds: the least, the most, and what it is unless told otherwise. */
const TIMES = {
  timeoutMs: [1, 5_000, 50],
  budgetMs: [1, 60_000, 5_000],
  refreshMs: [0, 3_600_000, 10_000],
  maxAgeMs: [1, 604_800_000, 46_800_000],
  logWindowMs: [0, 86_400_000, 60_000],
};

/** The options as given, `undefined` and `null` standing for the default. */
export function optionsOf(given) {
  const times = Object.entries(TIMES).map(([name, [least, most, otherwise]]) => {
    const expected = `a whole number of milliseconds from ${least} to ${most}`;
    const fits = (value) => Number.isInteger(value) && value >= least && value <= most;
    return [name, option(given, name, expected, fits) ?? otherwise];
  });
  return {
    ...Object.fromEntries(times),
    client: option(given, "client", "an object with getAll", ({ getAll }) => typeof getAll === "function"),
    log: option(given, "log", "a function", isFunction),
    now: option(given, "now", "a function", isFunction) ?? (() => Date.now()),
    behind: option(given, "revalidate", '"blocking" or "background"', isRevalidation) === "background",
    signed: option(given, "publicKey", "a public key as text", isText) !== undefined,
  };
}

function option(given, name, expected, fits) {
  const value = given[name] ?? undefined;
  if (value === undefined || fits(value)) return value;
  throw new AtlasError("ATLAS_BAD_OPTION", `option ${name}: expected ${expected}, found ${shown(name, value)}`);
}

/** A value as an error shows it. Somebody may have taken a connection string for a client, and that holds a token. */
function shown(name, value) {
  const isPlain = ["string", "number", "boolean"].includes(typeof value) && !["client", "publicKey"].includes(name);
  return isPlain ? JSON.stringify(value).slice(0, 80) : `a value of type ${typeof value}`;
}

const isFunction = (value) => typeof value === "function";
const isText = (value) => typeof value === "string" && value !== "";
const isRevalidation = (value) => value === "blocking" || value === "background";
