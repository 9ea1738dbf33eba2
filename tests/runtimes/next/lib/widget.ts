import { createAtlas, type LookupRequest } from "@clickeen/atlas";
import { createClient } from "@vercel/edge-config";

const { ATLAS_EDGE_CONFIG, PARIS_URL } = process.env;

/** All that a request may take, the store and Paris together. */
const BUDGET_MS = 5_000;

// Once, for all requests: what it has verified serves those that follow.
const atlas = createAtlas({ client: connect(), budgetMs: BUDGET_MS });

/** The SDK throws on a connection string that is missing, or still in its quotes. Without a client: `not_configured`. */
function connect() {
  try {
    return createClient(ATLAS_EDGE_CONFIG, { staleIfError: false });
  } catch {
    return null;
  }
}

/** The decision on a widget, with Paris's answer if it is a fallback; `null` if there is no such widget. */
export async function widget(publicId: string) {
  // One signal for the instance and the fallback: they share the budget.
  const signal = AbortSignal.timeout(BUDGET_MS);
  const instance = await fromParis(`instances/${encodeURIComponent(publicId)}`, { signal });
  if (instance === null) return null;
  return atlas.resolve(instance as LookupRequest, (_, { headers }) =>
    fromParis(`widgets/${encodeURIComponent(publicId)}`, { signal, headers }),
  );
}

/** The same as a response: 404 if there is no such widget, 502 if Paris could not be asked. */
export async function answer(publicId: string): Promise<Response> {
  try {
    const found = await widget(publicId);
    return Response.json(found, { status: found === null ? 404 : 200 });
  } catch (error) {
    console.error(error);
    return Response.json({ error: "unavailable" }, { status: 502 });
  }
}

async function fromParis(path: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(`${PARIS_URL}/api/${path}`, init);
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`Paris answered ${response.status} to ${path}`);
  return response.json();
}
