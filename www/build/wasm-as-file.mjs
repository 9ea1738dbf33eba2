// The package's entry for browsers holds its Wasm as base64, which is a third larger and compiled at once. The page
// takes the same glue and the same Wasm, but as a file of its own that is compiled while it comes.
import { dirname, resolve } from "node:path";

const PORTABLE = "wasm-module.js";

/** @param {{ package: string, replacement: string }} options */
export function wasmAsFile(options) {
  let replaced = false;
  return {
    name: "atlas:wasm-as-file",
    enforce: "pre",
    resolveId(source, importer) {
      if (importer === undefined || dirname(importer) !== options.package) return null;
      if (resolve(options.package, source) !== resolve(options.package, PORTABLE)) return null;
      replaced = true;
      return options.replacement;
    },
    buildEnd(error) {
      if (error === undefined && !replaced) this.error(`the package imports no ./${PORTABLE} any more: how does its Wasm come now?`);
    },
  };
}
