// A cold start in a route of Next.js: the contestant is imported when it is asked for, from the file that Next.js made of it.
import { createClient } from "@vercel/edge-config";

import { contestants } from "../../../contestants.mjs";

export const dynamic = "force-dynamic";

const all = contestants({
  atlas: () => import("@clickeen/atlas"),
  lean: () => import("../../../lean.mjs"),
  "hand-written": () => import("../../../../reader/hand-written.ts"),
});

export async function GET() {
  // What the platform loads when it is first used is nobody's.
  await crypto.subtle.digest("SHA-256", new Uint8Array(1));
  await fetch("data:,");
  return new Response(null, { status: 204 });
}

export async function POST(request, { params }) {
  const { load, first } = all[(await params).contestant];
  const { connection, request: asked, snapshot } = await request.json();
  const client = createClient(connection, { staleIfError: false });
  const imported = performance.now();
  const loaded = await load();
  const importMs = performance.now() - imported;
  const began = performance.now();
  await first(loaded, { client, request: asked, snapshot });
  return Response.json({ importMs, wireMs: null, decisionMs: performance.now() - began });
}
