// A widget instance: what Venice asks for first, whatever Atlas holds.
import { lookUp } from "@/lib/answers";
import { findInstance } from "@/lib/widgets";

export async function GET(_: Request, { params }: { params: Promise<{ publicId: string }> }): Promise<Response> {
  const { publicId } = await params;
  return lookUp(publicId, findInstance);
}
