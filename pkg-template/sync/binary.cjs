// Which binary runs on this machine: the one that a variable names, or that of the platform's own package, which npm
// installs beside this one; and how it is started. Nothing is downloaded, and nothing runs at installation.
"use strict";

const { spawn } = require("node:child_process");
const { once } = require("node:events");

/** Each path is a literal, so that whoever traces what a deployment needs finds the file. */
const BINARIES = {
  "linux-x64": () => require.resolve("@clickeen/atlas-sync-linux-x64/bin/atlas-sync"),
  "linux-arm64": () => require.resolve("@clickeen/atlas-sync-linux-arm64/bin/atlas-sync"),
};

const FROM_SOURCE =
  "build it from source: in a clone of Atlas, with Rust (rustup), run `cargo build --release --bin atlas-sync`, and set " +
  "ATLAS_SYNC_BINARY to the path of target/release/atlas-sync";

/**
 * The path of the binary, or why there is none, with what to do.
 *
 * @returns {{ path: string } | { code: "unsupported_platform" | "binary_missing" | "binary_not_started", message: string }}
 */
exports.locate = function locate(env = process.env, platform = `${process.platform}-${process.arch}`) {
  const named = `${env.ATLAS_SYNC_BINARY ?? ""}`.trim();
  if (named) return { path: named };
  const resolve = Object.hasOwn(BINARIES, platform) ? BINARIES[platform] : undefined;
  if (resolve === undefined) {
    const there = Object.keys(BINARIES).join(" and ");
    return { code: "unsupported_platform", message: `there is no binary for ${platform}, only for ${there}; ${FROM_SOURCE}` };
  }
  try {
    return { path: resolve() };
  } catch (error) {
    const holder = `@clickeen/atlas-sync-${platform}`;
    if (error.code !== "MODULE_NOT_FOUND") {
      return { code: "binary_not_started", message: `${holder}, the package with the binary, could not be read: ${error.message}` };
    }
    const message =
      `the package ${holder}, which holds the binary for this machine, is not installed; install ` +
      "again with optional dependencies (npm install --include=optional; without --no-optional), on a machine of this " +
      `platform; or ${FROM_SOURCE}`;
    return { code: "binary_missing", message };
  }
};

/**
 * Starts the binary. Whatever keeps it from starting rejects: `spawn` throws a part of that, and emits the rest.
 *
 * @returns {Promise<import("node:child_process").ChildProcess>} at a moment at which it cannot have said anything yet
 */
exports.start = async function start(path, args, options) {
  try {
    const child = spawn(path, args, options);
    await once(child, "spawn");
    // What is emitted from now on is of a signal that could not be sent.
    child.on("error", () => {});
    return child;
  } catch (error) {
    throw new Error(`${path} could not be started: ${error.message}`, { cause: error });
  }
};
