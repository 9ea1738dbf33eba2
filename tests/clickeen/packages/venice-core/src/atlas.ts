// Venice's one way to Atlas: the real Edge Config SDK, handed to the package.
// Proxy (or middleware) and route are built apart, so each has its own reader, with its own memory; `reader` tells their
// log lines apart.
import { createAtlas, type Atlas, type AtlasLogEvent, type AtlasOptions } from "@clickeen/atlas";
import { createClient, type EdgeConfigClient } from "@vercel/edge-config";

import { BUDGET_MS } from "./budget";

/**
 * Makes the reader of one bundle. Never throws: without a usable connection string it is not configured, and Paris serves;
 * with a time that is out of its range it has the default times.
 */
export function createReader(reader: "proxy" | "middleware" | "route"): Atlas {
  const log = (event: AtlasLogEvent): void => {
    const line = JSON.stringify({ ...event, reader });
    if (event.level === "error") console.error(line);
    else if (event.level === "warn") console.warn(line);
    else console.info(line);
  };
  const options = { client: connect(), budgetMs: BUDGET_MS, log };
  try {
    return createAtlas({ ...options, ...tuning() });
  } catch (error) {
    const message = error instanceof Error ? error.message : "unknown";
    console.error(JSON.stringify({ event: "venice_misconfigured", level: "error", reader, message }));
    return createAtlas(options);
  }
}

/** The SDK's client, or `null` without a usable connection string. The string holds a token: it is never shown. */
function connect(): EdgeConfigClient | null {
  const connection = process.env.ATLAS_EDGE_CONFIG;
  if (!connection) return null;
  try {
    // staleIfError: false, so that the SDK does not hide an outage.
    return createClient(connection, { staleIfError: false });
  } catch {
    console.error(JSON.stringify({ event: "venice_misconfigured", level: "error", variable: "ATLAS_EDGE_CONFIG" }));
    return null;
  }
}

/** Atlas's times, where the environment sets them. */
function tuning(): Pick<AtlasOptions, "timeoutMs" | "refreshMs" | "logWindowMs"> {
  return {
    ...milliseconds("timeoutMs", process.env.ATLAS_TIMEOUT_MS),
    ...milliseconds("refreshMs", process.env.ATLAS_REFRESH_MS),
    ...milliseconds("logWindowMs", process.env.ATLAS_LOG_WINDOW_MS),
  };
}

function milliseconds<Name extends string>(name: Name, value: string | undefined): { [name in Name]?: number } {
  if (value === undefined || !/^\d{1,9}$/.test(value)) return {};
  return { [name]: Number(value) } as { [name in Name]?: number };
}
