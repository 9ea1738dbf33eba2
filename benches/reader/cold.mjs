// A cold start: the import of a contestant, its first reader, and its first verified decision. The store's items are in
// memory already, and the SDK is loaded, since both contestants need it.
import { NOWHERE, inMemory, served } from "./contests.mjs";

/** Milliseconds from the import to the decision. */
export async function cold({ items, requests, createClient }, load) {
  inMemory(items);
  const client = createClient(NOWHERE, { staleIfError: false });
  const began = performance.now();
  const create = await load();
  served(await create({ client, timeoutMs: 5_000 }).lookup(requests[0]));
  return { ms: performance.now() - began };
}
