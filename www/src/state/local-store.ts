// The local store of `atlas-sync dev` on this page's own origin, over the very protocol that the SDK speaks. Its tokens
// are public. Every request has an end: a browser keeps six connections, and hung ones would shut out the switch that
// ends the hanging.

const ITEMS = "/ecfg_local/items?version=1";
const API = "/v1/edge-config/ecfg_local";
const FAULTS = "/_atlas/faults";
const READ = { authorization: "Bearer local" };
const WRITE = { authorization: "Bearer local-write" };

/** Milliseconds after which a read is given up for good. */
const LONGEST_MS = 2_000;

/** How a request to the store can fail: nothing listens, no answer comes in time, or the answer is an error. */
export type StoreFailure = "unreachable" | "silent" | "error";

export class StoreError extends Error {
  constructor(
    readonly failure: StoreFailure,
    message: string,
  ) {
    super(message);
  }
}

/** What the store answers: its items as text, or `null` if they are those of `knownTag`. */
export interface StoreAnswer {
  readonly tag: string;
  readonly text: string | null;
  /** Milliseconds until the answer began. */
  readonly ms: number;
}

/** A fault as the store takes it. */
export interface StoreFault {
  readonly kind: string;
  readonly on?: string;
  readonly ms?: number;
  readonly status?: number;
  readonly key?: string;
  readonly times?: number;
}

/** The store's counts since it started. */
export interface StoreStats {
  readonly reads: { readonly requests: number; readonly failed: number; readonly notModified: number; readonly pending: number };
}

/** An earlier state of the store. */
export interface Backup {
  readonly id: string;
  readonly lastModified: number;
}

/** All items. The browser asks with `If-None-Match`, as the SDK does. */
export async function readAll(knownTag: string | null): Promise<StoreAnswer> {
  const started = performance.now();
  const response = await ask(ITEMS, { headers: READ, cache: "no-cache" });
  const ms = performance.now() - started;
  const tag = response.headers.get("etag") ?? "";
  const isKnown = tag !== "" && tag === knownTag;
  const text = isKnown ? (await response.body?.cancel(), null) : await response.text();
  return { tag, text, ms };
}

/** A client as `createAtlas` takes it: what `createClient(…).getAll` of the SDK does, over the same protocol. */
export const client = {
  async getAll(keys: readonly string[] = []): Promise<unknown> {
    const wanted = keys.map((key) => `&key=${encodeURIComponent(key)}`).join("");
    return (await ask(ITEMS + wanted, { headers: READ, cache: "no-store" })).json();
  },
};

export async function stats(): Promise<StoreStats> {
  return (await ask("/_atlas/stats", {})).json() as Promise<StoreStats>;
}

export async function faults(): Promise<readonly StoreFault[]> {
  return listed(await ask(FAULTS, { headers: WRITE }));
}

/** Replaces the faults that are switched on, and gives what is on then. */
export async function switchFaults(faults: readonly StoreFault[]): Promise<readonly StoreFault[]> {
  return listed(await ask(FAULTS, { method: "PUT", headers: WRITE, body: JSON.stringify({ faults }) }));
}

export async function backups(): Promise<readonly Backup[]> {
  const response = await ask(`${API}/backups?limit=20`, { headers: WRITE });
  return ((await response.json()) as { backups: readonly Backup[] }).backups;
}

/** The items of an earlier state, as text. */
export async function backup(id: string): Promise<string> {
  const response = await ask(`${API}/backups/${encodeURIComponent(id)}`, { headers: WRITE });
  const { items } = ((await response.json()) as { backup: { items: Record<string, { value: unknown }> } }).backup;
  return JSON.stringify(Object.fromEntries(Object.entries(items).map(([key, { value }]) => [key, value])));
}

async function listed(response: Response): Promise<readonly StoreFault[]> {
  return ((await response.json()) as { faults: readonly StoreFault[] }).faults;
}

/** @throws {StoreError} */
async function ask(path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { ...init, signal: AbortSignal.timeout(LONGEST_MS) });
  } catch (error) {
    const isLate = error instanceof DOMException && error.name === "TimeoutError";
    if (isLate) throw new StoreError("silent", `The store did not answer within ${LONGEST_MS / 1_000} seconds.`);
    throw new StoreError("unreachable", "The store cannot be reached.");
  }
  if (response.ok) return response;
  throw new StoreError("error", `The store answered ${response.status}${await reason(response)}.`);
}

/** What Vercel's error body says. */
async function reason(response: Response): Promise<string> {
  const body: unknown = await response.json().catch(() => null);
  const message = (body as { error?: { message?: unknown } } | null)?.error?.message;
  return typeof message === "string" ? `: ${message.slice(0, 300)}` : "";
}
