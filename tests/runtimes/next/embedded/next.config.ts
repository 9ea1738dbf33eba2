// Nothing here is for Atlas: the package needs no settings of its own.
import { join } from "node:path";
import type { NextConfig } from "next";

/** The packages stand in the folder above. */
const root = join(import.meta.dirname, "..");

const config: NextConfig = { outputFileTracingRoot: root, turbopack: { root } };

export default config;
