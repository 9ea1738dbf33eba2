// The health page. It answers 200 while Paris itself is up: what Paris depends on is told apart, under `deps`.
import { health } from "@/lib/atlas";
import { query } from "@/lib/database";

export const dynamic = "force-dynamic";

export async function GET(): Promise<Response> {
  const [supabase, { atlas, storeAnswers }] = await Promise.all([michaelAnswers(), health()]);
  const status = (isGood: boolean) => ({ status: isGood ? "ok" : "error" });
  return Response.json({
    sha: process.env.VERCEL_GIT_COMMIT_SHA ?? "local",
    env: process.env.VERCEL_ENV ?? "development",
    up: true,
    deps: { supabase: status(supabase), edgeConfig: status(storeAnswers), atlas },
  });
}

async function michaelAnswers(): Promise<boolean> {
  try {
    await query("select 1");
    return true;
  } catch {
    return false;
  }
}
