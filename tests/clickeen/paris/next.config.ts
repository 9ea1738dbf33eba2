import { join } from "node:path";
import type { NextConfig } from "next";

/** The workspace, which holds the lock file and the packages. */
const workspace = join(import.meta.dirname, "..");

const config: NextConfig = {
  outputFileTracingRoot: workspace,
  turbopack: { root: workspace },
  // It runs a binary of its own, which no bundle can hold. Next.js finds the file, and takes it along to Vercel.
  serverExternalPackages: ["@clickeen/atlas-sync"],
  poweredByHeader: false,
};

export default config;
