// The API for Node: each function runs the binary once, and gives its report.
import { run } from "./command.js";
import { read } from "./options.js";

export { AtlasSyncError } from "./error.js";

/** Reads Michael, compares with the store, and publishes what changed. */
export async function sync(options) {
  return run("sync", read("sync", options));
}

/** What a sync would change; writes nothing. */
export async function plan(options) {
  return run("plan", read("plan", options));
}

/** Reads the store and verifies all of it, as a reader would. */
export async function verify(options) {
  return run("verify", read("verify", options));
}

/** What stands in the store: version, age, checksum, sizes, backups. */
export async function status(options) {
  return run("status", read("status", options));
}
