import { createAtlas, verifySnapshot } from "@clickeen/atlas";

/** What Venice would make of a store's items: as `getAll()` gives them, or from an export. */
export async function inspect(items, request) {
  const atlas = createAtlas({ client: { getAll: async () => items } });
  return { verdict: verifySnapshot(items), decision: await atlas.lookup(request) };
}
