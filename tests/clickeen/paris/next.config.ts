import { join } from "node:path";
import type { NextConfig } from "next";

/** The workspace, which holds the lock file and the packages. */
const workspace = join(import.meta.dirname, "..");

const config: NextConfig = {
  outputFileTracingRoot: workspace,
  turbopack: { root: workspace },
  // It runs a binary of its own, which no bundle may hold.
  serverExternalPackages: ["@clickeen/atlas-sync"],
  // The binary is found at run time, so no import leads to it: this is what takes it along to Vercel.
  outputFileTracingIncludes: { "/jobs/atlas-sync": ["../node_modules/.pnpm/@clickeen+atlas-sync*/**"] },
  poweredByHeader: false,
};

export default config;
