// An instance with its template, schema and plan hints: what Venice asks for when Atlas cannot give them. The request
// carries what Venice counted, and whether a sync would help. Anybody may ask, but only Venice, by VENICE_KEY, is believed.
import { isAllowed, lookUp } from "@/lib/answers";
import { observe } from "@/lib/atlas";
import { findWidget } from "@/lib/widgets";

/** A sync that a hint leads to runs after the answer. */
export const maxDuration = 70;

export async function GET(request: Request, { params }: { params: Promise<{ publicId: string }> }): Promise<Response> {
  const { publicId } = await params;
  if (isAllowed(request, process.env.VENICE_KEY)) observe(request.headers);
  return lookUp(publicId, findWidget);
}
