import { answer } from "../../../widget.js";

export const dynamic = "force-dynamic";

export async function GET(request, { params }) {
  return answer((await params).publicId);
}
