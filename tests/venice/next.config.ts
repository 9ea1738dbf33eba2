// Next's settings for the small Venice. Nothing here is for Atlas: the package needs no settings of its own.
import type { NextConfig } from "next";

const config: NextConfig = {
  // This app is a project of its own inside the repository; without these Next takes the outer lock file for its root.
  outputFileTracingRoot: import.meta.dirname,
  turbopack: { root: import.meta.dirname },
  poweredByHeader: false,
};

export default config;
