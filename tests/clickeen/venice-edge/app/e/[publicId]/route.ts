// Draws a widget, on the edge runtime.
import { createReader } from "venice-core/atlas";
import { draw } from "venice-core/draw";

export const runtime = "edge";
export const dynamic = "force-dynamic";

const atlas = createReader("route");

interface Context {
  readonly params: Promise<{ readonly publicId: string }>;
}

export async function GET(request: Request, { params }: Context): Promise<Response> {
  const { publicId } = await params;
  return draw(request.headers, publicId, atlas);
}
