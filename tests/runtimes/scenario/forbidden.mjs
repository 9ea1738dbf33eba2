// What is left of Atlas where the runtime compiles no Wasm: importing works, and every lookup ends in Paris.

const INSTANCE = { widgetType: "content.faq", templateId: "faq-classic-light", schemaVersion: "2025-09-01", plan: "paid" };

/**
 * Asks a reader for all that it does, and gives it as JSON. Nothing here is caught: what throws or rejects shows.
 *
 * @param {typeof import("@clickeen/atlas")} atlas the installed package
 */
export async function playForbidden({ createAtlas, KEYS, storedKey }) {
  const events = [];
  const client = { getAll: async () => ({}), get: async () => undefined };
  const atlas = createAtlas({ client, log: (event) => events.push(event) });
  const lookups = [await atlas.lookup(INSTANCE), ...(await Promise.all([atlas.lookup(INSTANCE), atlas.lookup({})]))];
  const peeked = atlas.peek(INSTANCE);
  const { reason, value } = await atlas.resolve(INSTANCE, async (_, { decision }) => ["from Paris", decision.reason]);
  const { status, version, hitRate, fallbacks } = atlas.health();
  return {
    compiles: compiles(),
    keys: KEYS.map((key) => storedKey(key)),
    lookups: lookups.map(({ source, reason, hints, refreshHint }) => ({ source, reason, hints, refreshHint })),
    peeked: peeked && peeked.reason,
    resolved: [reason, value],
    health: { status, version, hitRate, fallbacks },
    logged: events.map(({ event, level, reason, suppressed }) => `${level} ${event} ${reason} ${suppressed}`),
    stats: atlas.takeStats(),
  };
}

/** Whether the runtime compiles the smallest Wasm that there is. */
function compiles() {
  try {
    return new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])) instanceof WebAssembly.Module;
  } catch {
    return false;
  }
}
