// For Paris: adds up what Venice sends along with its requests, and gives the health block of all of Venice.
import * as glue from "./glue.monitor.js";

export class AtlasMonitor {
  #monitor = new glue.Monitor();
  #now;
  #maxAgeMs;

  constructor({ now = Date.now, maxAgeMs } = {}) {
    this.#now = now;
    this.#maxAgeMs = maxAgeMs;
  }

  observe(headers) {
    return this.#monitor.observe(header(headers, "Atlas-Stats"), header(headers, "Atlas-Refresh-Hint"), this.#now());
  }

  health(snapshot) {
    const { version, checksum, lastSyncAt } = snapshot ?? {};
    return this.#monitor.health(
      version ?? undefined, checksum ?? undefined, lastSyncAt ?? undefined, this.#maxAgeMs, this.#now(),
    );
  }
}

/** A header of the Fetch API's `Headers`, or of Node's object of lowercase names. */
function header(headers, name) {
  const value = typeof headers?.get === "function" ? headers.get(name) : headers?.[name.toLowerCase()];
  return typeof value === "string" ? value : undefined;
}
