// Decides on each request for a widget before the route draws it. In Next.js 16 a proxy runs on Node.
import { NextResponse, type NextRequest } from "next/server";
import { createReader } from "venice-core/atlas";
import { decide } from "venice-core/decide";

export const config = { matcher: "/e/:publicId" };

const atlas = createReader("proxy");

export async function proxy(request: NextRequest): Promise<Response> {
  const decided = await decide(request, atlas);
  return "answer" in decided ? decided.answer : NextResponse.next({ request: { headers: decided.headers } });
}
