import { type NextRequest } from "next/server";
import { answer } from "@/lib/widget";
// #region tests
import { scenario } from "@/lib/scenario";
// #endregion

export const config = { matcher: "/e/:path*" };

export async function proxy(request: NextRequest): Promise<Response> {
  const publicId = request.nextUrl.pathname.slice("/e/".length);
  // #region tests
  if (publicId === "scenario") return Response.json(await scenario(request.nextUrl.searchParams.get("control")));
  // #endregion
  return answer(publicId);
}
