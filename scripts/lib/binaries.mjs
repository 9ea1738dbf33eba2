// The static binaries of `atlas-sync`, one for each platform that has one, and the compilers that they need. Rust brings
// musl and a linker of its own; ring and the allocator have parts in C and assembly, which Debian's cross compilers make.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

import { ROOT, environment, which } from "./paths.mjs";
import { attempt, run } from "./run.mjs";
import { aptInstall, orSay } from "./tools.mjs";

/**
 * @typedef {{ name: string, cpu: string, target: string, machine: string, image: string }} Platform
 *   `cpu` as npm and Node have it, `machine` as Debian's compilers and QEMU have it, `image` as container images have it.
 */

/** @type {readonly Platform[]} */
export const PLATFORMS = [
  { name: "linux-x64", cpu: "x64", target: "x86_64-unknown-linux-musl", machine: "x86_64", image: "amd64" },
  { name: "linux-arm64", cpu: "arm64", target: "aarch64-unknown-linux-musl", machine: "aarch64", image: "arm64" },
];

/** The profile in Cargo.toml. */
const PROFILE = "dist";
/** Behind other work on two cores, all of them take more than the usual limit. */
const LONGEST_BUILD_MS = 60 * 60_000;

/** Where cargo leaves a binary. */
export function binaryOf({ target }) {
  return join(ROOT, "target", target, PROFILE, "atlas-sync");
}

/** The standard libraries that the binaries are linked with. */
export async function muslTargets() {
  const sysroot = (await run("rustc", ["--print", "sysroot"])).trim();
  const missing = PLATFORMS.map(({ target }) => target).filter((target) => !existsSync(join(sysroot, "lib", "rustlib", target)));
  if (missing.length === 0) return "already there";
  await orSay(`run: rustup target add ${missing.join(" ")}`, () => run("rustup", ["target", "add", ...missing]));
  return "installed";
}

/** The C compilers. On Debian and its kin they can be installed. */
export async function crossCompilers() {
  const missing = [];
  for (const compiler of PLATFORMS.map(compilerOf)) if (!(await compiles(compiler))) missing.push(compiler);
  if (missing.length === 0) return "already there";
  const whatToDo = `put ${missing.map(({ program }) => program).join(" and ")} on the path, with the C library's headers`;
  await orSay(whatToDo, () => aptInstall("--no-install-recommends", ...missing.flatMap(({ packages }) => packages)));
  return "installed";
}

/** Whether a compiler is there, with the C library's headers, which are a package of their own. */
async function compiles({ program }) {
  return (await attempt(program, ["-E", "-include", "stdlib.h", "-x", "c", "/dev/null"])).how === 0;
}

/** QEMU for the other platform's binary, and `file`, which tells how one is linked. Debian and its kin have both. */
export async function emulator() {
  const programs = [...PLATFORMS.filter(({ cpu }) => cpu !== process.arch).map(({ machine }) => emulatorOf(machine)), "file"];
  if (programs.every(which)) return "already there";
  await orSay(`put ${programs.join(" and ")} on the path`, () => aptInstall("--no-install-recommends", "qemu-user-static", "file"));
  return "installed";
}

/** The program that runs binaries of another machine. */
export function emulatorOf(machine) {
  return `qemu-${machine}-static`;
}

/** A builder of container images. Where none can be had, the tests lay the image out themselves. */
export async function containerBuilder() {
  if (which("buildah")) return "already there";
  try {
    await aptInstall("--no-install-recommends", "buildah");
    return "installed";
  } catch {
    return "not to be had; the image is tested without it";
  }
}

/**
 * Builds the binaries: static, stripped, and without a path of the machine that built them. One run of cargo builds all, so that
 * where one waits for its last crate the others have work.
 */
export async function buildBinaries() {
  const crates = join(process.env.CARGO_HOME ?? join(homedir(), ".cargo"), "registry", "src");
  const env = environment({
    // A path may hold spaces, at which cargo would part RUSTFLAGS, and the crate that calls the C compiler its flags.
    CARGO_ENCODED_RUSTFLAGS: [`--remap-path-prefix=${crates}=crates`, `--remap-path-prefix=${ROOT}=atlas`].join("\x1f"),
    CC_SHELL_ESCAPED_FLAGS: "1",
    ...Object.assign({}, ...PLATFORMS.map((platform) => compilerEnvironment(platform, crates))),
  });
  const targets = PLATFORMS.flatMap(({ target }) => ["--target", target]);
  await run("cargo", ["build", "--locked", "--profile", PROFILE, "--bin", "atlas-sync", ...targets], { env, limitMs: LONGEST_BUILD_MS });
}

/** What cargo and the crates with parts in C are told of one platform's compiler. */
function compilerEnvironment(platform, crates) {
  const { program, linker } = compilerOf(platform);
  const underscored = platform.target.replaceAll("-", "_");
  return {
    [`CC_${underscored}`]: program,
    [`CFLAGS_${underscored}`]: `'-ffile-prefix-map=${crates}=crates' '-ffile-prefix-map=${ROOT}=atlas'`,
    [`CARGO_TARGET_${underscored.toUpperCase()}_LINKER`]: linker,
  };
}

/** The C compiler and the linker for a platform, and Debian's packages that bring them. */
function compilerOf({ cpu, machine }) {
  // Not musl-gcc as the linker: with its own start files beside Rust's, the program would need musl's loader.
  if (cpu === process.arch) return { program: "musl-gcc", linker: "cc", packages: ["musl-tools"] };
  const debian = `${machine.replaceAll("_", "-")}-linux-gnu`;
  const program = `${machine}-linux-gnu-gcc`;
  return { program, linker: program, packages: [`gcc-${debian}`, `libc6-dev-${cpu === "x64" ? "amd64" : cpu}-cross`] };
}
