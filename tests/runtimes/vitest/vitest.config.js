// Nothing here is for Atlas: the package needs no settings of its own.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["*.spec.js"], testTimeout: 120_000 },
  // The scenarios stand beside the project, outside its own folder.
  server: { fs: { allow: [".."] } },
});
