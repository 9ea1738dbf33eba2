// From the options of a call to the environment of the binary. Nothing becomes an argument: the arguments of a process
// can be read by everybody on the machine, and an address or a token must not be.
import { usage } from "./error.js";

const isText = (value) => typeof value === "string";
const isSwitch = (value) => typeof value === "boolean";
const isCount = (value) => Number.isSafeInteger(value) && value >= 0;
const isFunction = (value) => typeof value === "function";
const isObject = (value) => typeof value === "object" && value !== null;

const TEXT = [isText, "a string"];
const SWITCH = [isSwitch, "true or false"];
const COUNT = [isCount, "a whole number, 0 or more"];

/** Options of every command: the variable that the binary reads, and what the value must be. */
const STORE = {
  store: ["ATLAS_STORE", TEXT],
  edgeConfigId: ["ATLAS_EDGE_CONFIG_ID", TEXT],
  edgeConfigToken: ["ATLAS_EDGE_CONFIG_TOKEN", TEXT],
  teamId: ["VERCEL_TEAM_ID", TEXT],
  apiUrl: ["ATLAS_API_URL", TEXT],
  apiName: ["ATLAS_API_NAME", TEXT],
  deadline: ["ATLAS_DEADLINE", TEXT],
  maxBytes: ["ATLAS_MAX_BYTES", COUNT],
  logLevel: ["ATLAS_LOG", TEXT],
};

/** Those of `sync` and `plan` besides. */
const RUN = {
  source: ["ATLAS_SOURCE", TEXT],
  sourceCaFile: ["ATLAS_SOURCE_CA_FILE", TEXT],
  supabaseUrl: ["SUPABASE_URL", TEXT],
  supabaseServiceRoleKey: ["SUPABASE_SERVICE_ROLE_KEY", TEXT],
  adminKey: ["INTERNAL_ADMIN_KEY", TEXT],
  heartbeat: ["ATLAS_HEARTBEAT", TEXT],
  signingKey: ["ATLAS_SIGNING_KEY", TEXT],
  minVersion: ["ATLAS_MIN_VERSION", COUNT],
  onBadRow: ["ATLAS_ON_BAD_ROW", TEXT],
  allowSchemaChange: ["ATLAS_ALLOW_SCHEMA_CHANGE", SWITCH],
  allowShrink: ["ATLAS_ALLOW_SHRINK", SWITCH],
};

/** Those of `verify` and `status` besides. */
const LOOK = {
  publicKey: ["ATLAS_PUBLIC_KEY", TEXT],
  signaturesRequired: ["ATLAS_SIGNATURES_REQUIRED", COUNT],
};

/** Those that are this package's own. */
const CALL = {
  signal: [(value) => value instanceof AbortSignal, "an AbortSignal"],
  log: [(value) => value === null || isFunction(value), "a function, or null"],
  cwd: TEXT,
  env: [isObject, "an object of environment variables"],
};

const VARIABLES = {
  sync: { ...STORE, ...RUN },
  plan: { ...STORE, ...RUN },
  verify: { ...STORE, ...LOOK },
  status: { ...STORE, ...LOOK },
};

/**
 * Reads the options of one call. One that is `undefined` counts as not given.
 *
 * @param {keyof typeof VARIABLES} command
 * @throws {AtlasSyncError} `usage` for an option that the command does not have, or a value that it cannot have
 */
export function read(command, options = {}) {
  if (!isObject(options)) throw usage(`${command}: expected an object of options, found ${kindOf(options)}`);
  const variables = VARIABLES[command];
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const { env = process.env, cwd, signal, log } = options;
  const set = {};
  for (const [name, value] of given) {
    const own = Object.hasOwn(CALL, name) ? CALL[name] : undefined;
    const known = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (own === undefined && known === undefined) {
      const all = [...Object.keys(variables), ...Object.keys(CALL)].join(", ");
      throw usage(`${command}: expected one of the options ${all}, found ${name}`);
    }
    const [fits, expected] = own ?? known[1];
    if (!fits(value)) throw usage(`${command}: ${name}: expected ${expected}, found ${shown(value, fits)}`);
    if (known !== undefined) set[known[0]] = `${value}`;
  }
  const passed = { ...env, ...set, ATLAS_LOG_FORMAT: "json" };
  for (const [name, value] of [...Object.entries(passed), ["cwd", cwd]]) {
    if (isPassable(value)) continue;
    throw usage(`${command}: ${name}: expected text without NUL characters, found ${typeof value === "string" ? "one" : kindOf(value)}`);
  }
  return { env: passed, cwd, signal, log };
}

/** Whether a process can be given it. Node's own error would show the value. */
function isPassable(value) {
  return value === undefined || (["string", "number", "boolean"].includes(typeof value) && !`${value}`.includes("\0"));
}

/** What was found: of most values the type, since they may be secrets; where a number is wanted, the number. */
function shown(value, fits) {
  return fits === isCount && typeof value === "number" ? `${value}` : kindOf(value);
}

function kindOf(value) {
  return value === null ? "null" : typeof value;
}
