// The tools that this repository needs, each looked for first and installed if it is missing. What cannot be installed
// is an error that says what to do.
import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";

import { ROOT, TOOLS, which } from "./paths.mjs";
import { attempt, run } from "./run.mjs";
import { hashOf, unlessUnchanged } from "./stamp.mjs";

const TARGET = "wasm32-unknown-unknown";
const CYCLONEDX = "0.5.9";
const GLUE_SOURCE = join(ROOT, "scripts", "wasm-bindgen");

/** Cargo itself is the one tool that has to be there. */
export function cargo() {
  if (which("cargo")) return "already there";
  throw new Error("cargo is missing: install Rust with rustup, then open a new shell");
}

/** The standard library for WebAssembly. */
export async function wasmTarget() {
  const sysroot = (await run("rustc", ["--print", "sysroot"])).trim();
  if (existsSync(join(sysroot, "lib", "rustlib", TARGET))) return "already there";
  await orSay(`run: rustup target add ${TARGET}`, () => run("rustup", ["target", "add", TARGET]));
  return "installed";
}

/** The formatter and the linter. */
export async function rustComponents() {
  const missing = [];
  for (const [program, component] of [["rustfmt", "rustfmt"], ["cargo-clippy", "clippy"]]) {
    if ((await attempt(program, ["--version"])).how !== 0) missing.push(component);
  }
  if (missing.length === 0) return "already there";
  await orSay(`run: rustup component add ${missing.join(" ")}`, () => run("rustup", ["component", "add", ...missing]));
  return "installed";
}

/** The version of wasm-bindgen that the crate is built with; the tool has to be of the very same. */
export async function wasmBindgenVersion() {
  const lock = await readFile(join(ROOT, "Cargo.lock"), "utf8");
  const version = /\[\[package\]\]\nname = "wasm-bindgen"\nversion = "([^"]+)"/.exec(lock)?.[1];
  if (version) return version;
  throw new Error("Cargo.lock names no wasm-bindgen: run cargo update -p wasm-bindgen");
}

/** The program of scripts/wasm-bindgen, which makes the glue of the npm package. */
export const GLUE = join(TOOLS, "wasm-bindgen", "debug", "atlas-wasm-bindgen");

/** Builds that program. The command `wasm-bindgen` does the same, and takes three times as long to install. */
export async function glue() {
  const manifest = join(GLUE_SOURCE, "Cargo.toml");
  const [wanted, text] = [await wasmBindgenVersion(), await readFile(manifest, "utf8")];
  if (!text.includes(`"=${wanted}"`)) throw new Error(`scripts/wasm-bindgen/Cargo.toml: expected wasm-bindgen-cli-support "=${wanted}", as Cargo.lock has wasm-bindgen`);
  const stamp = join(TOOLS, "wasm-bindgen", ".built");
  if (!existsSync(GLUE)) await rm(stamp, { force: true });
  const args = ["build", "--locked", "--manifest-path", manifest, "--target-dir", join(TOOLS, "wasm-bindgen")];
  const done = await unlessUnchanged({ stamp, inputs: await hashOf([GLUE_SOURCE]), work: () => run("cargo", args) });
  return done ?? "built";
}

/** wasm-bindgen's command and its runner, for tests in a browser. */
export async function wasmBindgen() {
  return cargoTool("wasm-bindgen-cli", "wasm-bindgen", await wasmBindgenVersion());
}

/** wasm-pack, which runs the tests in a browser. */
export async function wasmPack() {
  return cargoTool("wasm-pack", "wasm-pack");
}

/** cargo-cyclonedx, which lists the crates that a binary is made of. */
export async function cargoCyclonedx() {
  return cargoTool("cargo-cyclonedx", "cargo-cyclonedx", CYCLONEDX, { ask: ["cyclonedx", "--version"] });
}

/** cargo-fuzz, which builds and runs the fuzz targets. */
export async function cargoFuzz() {
  return cargoTool("cargo-fuzz", "cargo-fuzz");
}

/** A browser and its driver. On Debian and its kin they can be installed. */
export async function chromium() {
  const browser = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"].some(which);
  if (browser && which("chromedriver")) return "already there";
  const whatToDo = "install Chromium and a ChromeDriver of the same version, both on the path";
  await orSay(whatToDo, () => aptInstall("chromium", "chromium-driver"));
  return "installed";
}

/** Prometheus with promtool, and faketime, for the tests of the job as it is operated. */
export async function operations() {
  if (["prometheus", "promtool", "faketime"].every(which)) return "already there";
  const whatToDo = "install Prometheus (with promtool) and faketime, all on the path";
  await orSay(whatToDo, () => aptInstall("prometheus", "faketime"));
  return "installed";
}

/** Installs Debian's packages. */
export async function aptInstall(...packages) {
  const apt = which("apt-get");
  if (!apt) throw new Error("no apt-get on this machine");
  const asRoot = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  const env = ["env", "DEBIAN_FRONTEND=noninteractive"];
  for (const args of [["update"], ["install", "-y", ...packages]]) {
    const [command, ...rest] = [...asRoot, ...env, apt, ...args];
    await run(command, rest);
  }
}

async function cargoTool(crate, program, version, { ask = ["--version"] } = {}) {
  const found = await attempt(join(TOOLS, "bin", program), ask);
  if (found.how === 0 && (version === undefined || found.output.trim().split(" ")[1] === version)) {
    return "already there";
  }
  const exactly = version === undefined ? [] : ["--version", version];
  // Not --locked: the lock file inside the published crate names versions that not every registry has.
  // Unoptimised it is there in a third of the time, and it runs for seconds.
  const args = ["install", crate, ...exactly, "--debug", "--root", TOOLS, "--force"];
  await orSay(`run: cargo ${args.join(" ")}`, () => run("cargo", args));
  return "installed";
}

/** Does what installs something; a failure says what to do by hand. */
export async function orSay(whatToDo, install) {
  try {
    await install();
  } catch (error) {
    throw new Error(`${error.message}\n${whatToDo}`, { cause: error });
  }
}
