import { join } from "node:path";
import type { NextConfig } from "next";

/** The workspace, which holds the lock file and the packages. */
const workspace = join(import.meta.dirname, "..");

// Nothing here is for Atlas: the package needs no settings of its own.
const config: NextConfig = {
  outputFileTracingRoot: workspace,
  turbopack: { root: workspace },
  transpilePackages: ["venice-core"],
  poweredByHeader: false,
};

export default config;
