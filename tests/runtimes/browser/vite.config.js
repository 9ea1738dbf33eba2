// Nothing here is for Atlas: the package needs no settings of its own.
import { defineConfig } from "vite";

export default defineConfig({
  // The scenarios stand beside the project, outside its own folder.
  server: { fs: { allow: [".."] } },
  // The package under test changes without a new version, and Vite would take it for the one that it knows.
  optimizeDeps: { force: true },
});
