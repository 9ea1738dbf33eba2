// Draws a widget. With `cacheComponents` a route belongs to a request as soon as it reads from it, and this one does so
// before Atlas reads the clock.
import { createReader } from "venice-core/atlas";
import { draw } from "venice-core/draw";

const atlas = createReader("route");

interface Context {
  readonly params: Promise<{ readonly publicId: string }>;
}

export async function GET(request: Request, { params }: Context): Promise<Response> {
  const { publicId } = await params;
  return draw(request.headers, publicId, atlas);
}
