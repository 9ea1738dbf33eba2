// Builds the npm package: the crate as Wasm, its glue for each runtime, and the entry files of pkg-template/, ready
// to pack in pkg/. Prints what each part weighs.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build as bundle } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const pkg = join(root, "pkg");
const quiet = process.argv.includes("--quiet");
const tools = join(root, "target", "tools", "bin");
/** No path of the machine that built it goes into the Wasm, and every machine builds the same bytes. */
const cargoHome = process.env.CARGO_HOME ?? join(homedir(), ".cargo");
const RUSTFLAGS = `--remap-path-prefix=${cargoHome}/registry/src=crates --remap-path-prefix=${root}=atlas`;
const env = { ...process.env, RUSTFLAGS, PATH: `${tools}:${process.env.PATH}` };

/** The one line of wasm-bindgen's `module` target that no runtime but a coming one understands. */
const SOURCE_IMPORT = 'import source wasmModule from "./atlas_bg.wasm";';

/** How each runtime gets hold of the compiled module. */
const MODULE_IMPORTS = {
  "glue.js": 'import { wasmModule } from "./wasm-module.js";',
  "glue.edge-light.js": 'import wasmModule from "./atlas_bg.wasm?module";',
  "glue.workerd.js": 'import wasmModule from "./atlas_bg.wasm";',
};

function run(command, args) {
  execFileSync(command, args, { cwd: root, env, stdio: quiet ? ["ignore", "ignore", "inherit"] : "inherit" });
}

function compile() {
  run("cargo", ["build", "--profile", "wasm", "--lib", "--target", "wasm32-unknown-unknown"]);
  const wasm = join(root, "target", "wasm32-unknown-unknown", "wasm", "atlas.wasm");
  const out = join(root, "target", "package");
  rmSync(out, { recursive: true, force: true });
  const flags = ["--remove-name-section", "--remove-producers-section", "--no-typescript"];
  run("wasm-bindgen", [
    "--target", "module", "--out-dir", out, "--out-name", "atlas", "--experimental-reset-state-function", ...flags, wasm,
  ]);
  const unoptimised = join(out, "atlas_bg.wasm");
  const optimised = join(out, "optimised.wasm");
  run(process.execPath, [join(root, "node_modules", "binaryen", "bin", "wasm-opt"), "-Oz", unoptimised, "-o", optimised]);
  renameSync(optimised, unoptimised);
  return { glue: readFileSync(join(out, "atlas.js"), "utf8"), wasm: readFileSync(unoptimised) };
}

/** The Wasm as a module that any JavaScript can import, compiled once. */
function portable(wasm) {
  return [
    `const base64 = "${wasm.toString("base64")}";`,
    "const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));",
    "export const wasmModule = new WebAssembly.Module(bytes);",
    "",
  ].join("\n");
}

function writeGlue(glue) {
  if (!glue.includes(SOURCE_IMPORT)) throw new Error(`wasm-bindgen's glue has no line \`${SOURCE_IMPORT}\` any more`);
  for (const [file, line] of Object.entries(MODULE_IMPORTS)) {
    writeFileSync(join(pkg, file), glue.replace(SOURCE_IMPORT, line));
  }
}

function writeManifest() {
  const { version } = JSON.parse(execFileSync("cargo", ["metadata", "--no-deps", "--format-version", "1"], { cwd: root })).packages[0];
  const manifest = JSON.parse(readFileSync(join(root, "pkg-template", "package.json"), "utf8"));
  writeFileSync(join(pkg, "package.json"), `${JSON.stringify({ ...manifest, version }, null, 2)}\n`);
}

async function writeCommonJs() {
  await bundle({
    entryPoints: [join(pkg, "index.js")],
    outfile: join(pkg, "index.cjs"),
    bundle: true,
    format: "cjs",
    platform: "neutral",
    target: "es2022",
    logLevel: "warning",
  });
  cpSync(join(pkg, "index.d.ts"), join(pkg, "index.d.cts"));
}

function weigh() {
  for (const file of ["atlas_bg.wasm", "glue.edge-light.js", "atlas.js", "host.js"]) {
    const bytes = readFileSync(join(pkg, file));
    console.log(`${file.padEnd(22)} ${String(bytes.length).padStart(8)} bytes ${String(gzipSync(bytes, { level: 9 }).length).padStart(8)} gzip`);
  }
}

const { glue, wasm } = compile();
rmSync(pkg, { recursive: true, force: true });
mkdirSync(pkg);
cpSync(join(root, "pkg-template"), pkg, { recursive: true });
writeGlue(glue);
writeFileSync(join(pkg, "atlas_bg.wasm"), wasm);
writeFileSync(join(pkg, "wasm-module.js"), portable(wasm));
writeManifest();
await writeCommonJs();
if (!existsSync(join(pkg, "index.cjs"))) throw new Error("the CommonJS entry was not written");
if (!quiet) weigh();
