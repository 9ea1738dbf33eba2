// A lookup before the first request, where a Worker may set no timer, and one within a request.
import { createAtlas } from "@clickeen/atlas";

const atlas = createAtlas({ client: { getAll: async () => ({}) }, log: () => {} });
const lookup = async () => (await atlas.lookup({ widgetType: "content.faq", schemaVersion: "2025-09-01" })).reason;
const early = await lookup();

export default {
  fetch: async () => Response.json([early, await lookup()]),
};
