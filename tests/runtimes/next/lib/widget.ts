import { createAtlas, type LookupRequest } from "@clickeen/atlas";
import { createClient } from "@vercel/edge-config";

const { ATLAS_EDGE_CONFIG, PARIS_URL } = process.env;
const client = ATLAS_EDGE_CONFIG ? createClient(ATLAS_EDGE_CONFIG, { staleIfError: false }) : null;
const atlas = createAtlas({ client });

export async function widget(publicId: string) {
  const instance: LookupRequest = await (await fetch(`${PARIS_URL}/api/instances/${publicId}`)).json();
  return atlas.resolve(instance, async (_, { signal, headers }) => {
    const response = await fetch(`${PARIS_URL}/api/widgets/${publicId}`, { signal, headers });
    return (await response.json()) as unknown;
  });
}
