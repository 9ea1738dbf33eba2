// The job as a route: `PUT` for whoever deploys or is on call, with INTERNAL_ADMIN_KEY; `GET` for Vercel's cron
// (vercel.json), which sends CRON_SECRET. Neither secret opens the other's method.
import { isSyncing, runSync } from "@/lib/atlas";
import { failure, isAllowed } from "@/lib/answers";

/** Seconds: the job's own deadline of 60, and a little more. */
export const maxDuration = 70;

export function PUT(request: Request): Promise<Response> {
  return run(request, process.env.INTERNAL_ADMIN_KEY);
}

export function GET(request: Request): Promise<Response> {
  return run(request, process.env.CRON_SECRET);
}

async function run(request: Request, secret: string | undefined): Promise<Response> {
  if (!isAllowed(request, secret)) return failure(401, "unauthorized", "expected Authorization: Bearer and the secret of this method");
  if (isSyncing()) return failure(409, "sync_running", "a sync is running in this process");
  try {
    return Response.json(await runSync());
  } catch (error) {
    return failed(error);
  }
}

/** The status that says whose turn it is, by the job's exit code. */
function failed(error: unknown): Response {
  const { code, exitCode, message } = error as { code?: string; exitCode?: number | null; message?: string };
  // Without an exit code the binary did not run.
  const status = typeof exitCode === "number" ? (STATUS.get(exitCode) ?? 502) : 500;
  return failure(status, code ?? "internal_error", message ?? "unknown");
}

const STATUS: ReadonlyMap<number, number> = new Map([
  // Configuration: nothing was read or written.
  [2, 500],
  [3, 500],
  // Michael holds what must not be published.
  [5, 422],
  // Another run holds the lock.
  [75, 409],
]);
