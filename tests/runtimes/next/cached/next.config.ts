// Nothing here is for Atlas: the package needs no settings of its own.
import { join } from "node:path";
import type { NextConfig } from "next";

/** The scenarios stand beside the project, outside its own folder. */
const root = join(import.meta.dirname, "..", "..");

const config: NextConfig = {
  outputFileTracingRoot: root,
  turbopack: { root },
  cacheComponents: true,
  // One folder for each bundler.
  distDir: process.env.NEXT_DIST ?? ".next",
};

export default config;
