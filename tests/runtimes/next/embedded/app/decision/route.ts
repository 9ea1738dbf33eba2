import { after, type NextRequest } from "next/server";
import { atlas } from "@/lib/atlas";

export async function GET({ nextUrl }: NextRequest): Promise<Response> {
  const instance = Object.fromEntries(nextUrl.searchParams);
  return Response.json(await atlas.lookup(instance, { waitUntil: (work) => after(work) }));
}
