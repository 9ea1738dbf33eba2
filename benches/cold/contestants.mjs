// What is started cold, each under its name: how it is loaded, and its first answer.
import { served } from "../reader/contests.mjs";

const KEYS = ["atlas_v1_manifest", "atlas_v1_planHints", "atlas_v1_widgetSchemas", "atlas_v1_widgetTemplates"];

/**
 * @param {Record<string, () => Promise<any>>} modules by contestant
 * @returns {Record<string, { load: () => Promise<any>, first: (module: any, given: { client: any, request: any, snapshot: any }) => Promise<void> }>}
 */
export function contestants({ atlas, lean, "hand-written": handWritten }) {
  const options = (client) => ({ client, timeoutMs: 5_000, log: () => {} });
  return {
    // The floor: what any reader waits for.
    sdk: {
      load: async () => undefined,
      first: async (_, { client }) => {
        const items = await client.getAll(KEYS);
        if (KEYS.some((key) => items[key] === undefined)) throw new Error("the SDK gave less than all keys");
      },
    },
    atlas: {
      load: atlas,
      first: async ({ createAtlas }, { client, request }) => served(await createAtlas(options(client)).lookup(request)),
    },
    embedded: {
      load: atlas,
      first: async ({ createAtlas }, { client, request, snapshot }) => {
        const atlas = createAtlas({ ...options(client), snapshot, revalidate: "background" });
        served(await atlas.lookup(request, { waitUntil: () => {} }));
      },
    },
    lean: {
      load: lean,
      first: async ({ createReader }, { client, request }) => served(await createReader(options(client)).lookup(request)),
    },
    "hand-written": {
      load: handWritten,
      first: async ({ createReader }, { client, request }) => served(await createReader(options(client)).lookup(request)),
    },
  };
}
