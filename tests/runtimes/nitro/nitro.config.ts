import { defineNitroConfig } from "nitropack/config";

export default defineNitroConfig({
  compatibilityDate: "2026-04-01",
  // For Cloudflare, where the Wasm is a module of its own. The build fails without it.
  experimental: { wasm: true },
  // For process.env; Atlas itself does not need it.
  cloudflare: { nodeCompat: true },
});
