#!/usr/bin/env node
// The command: runs the binary in place of this process, as far as Node can. Its input and output are the binary's own,
// signals are passed on, and it ends as the binary ended.
import { spawn } from "node:child_process";

import binary from "./binary.cjs";

/** The exit code of a wrong configuration, as the binary has it. */
const NOT_CONFIGURED = 2;

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"];

const found = binary.locate();
if (found.path === undefined) fail(found.message);
else run(found.path);

function run(path) {
  const child = spawn(path, process.argv.slice(2), { stdio: "inherit" });
  const pass = (signal) => child.kill(signal);
  for (const signal of SIGNALS) process.on(signal, pass);
  child.once("error", (error) => fail(`${path} could not be started: ${error.message}`));
  child.once("exit", (code, signal) => {
    for (const name of SIGNALS) process.off(name, pass);
    // A shell that waits sees the signal itself, not only a number.
    if (signal !== null) process.kill(process.pid, signal);
    else process.exitCode = code;
  });
}

function fail(message) {
  console.error(`atlas-sync: ${message}`);
  process.exitCode = NOT_CONFIGURED;
}
