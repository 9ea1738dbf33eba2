// Builds the inspector into www/dist, from where `atlas-sync dev` serves it at /inspector.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

import { budget } from "./build/budget.mjs";
import { emptied } from "./build/emptied.mjs";
import { wasmAsFile } from "./build/wasm-as-file.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Where `npm run dev` in this folder finds the local store. */
const store = process.env.ATLAS_STORE_URL ?? "http://127.0.0.1:4600";

export default defineConfig({
  root: here("."),
  base: "/inspector/",
  resolve: { alias: { "@clickeen/atlas": here("../pkg/index.js") } },
  plugins: [emptied(here("dist")), wasmAsFile({ package: here("../pkg/lib"), replacement: here("src/atlas/wasm-module.ts") }), budget({ mostBytes: 150_000 })],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    outDir: here("dist"),
    // `emptied` does it.
    emptyOutDir: false,
    // Nothing as `data:`, which the page's own policy forbids.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: { "/ecfg_local": store, "/_atlas": store, "/v1": store }, fs: { allow: [here("..")] } },
});
