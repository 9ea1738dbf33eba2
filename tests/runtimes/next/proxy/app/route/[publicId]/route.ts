import { answer } from "@/lib/widget";
// #region tests
import { scenario } from "@/lib/scenario";
// #endregion

export const runtime = "nodejs";
export const dynamic = "force-dynamic";

export async function GET(request: Request, { params }: { params: Promise<{ publicId: string }> }): Promise<Response> {
  const { publicId } = await params;
  // #region tests
  if (publicId === "scenario") return Response.json(await scenario(new URL(request.url).searchParams.get("control")));
  // #endregion
  return answer(publicId);
}
