#!/usr/bin/env node
// The command: runs the binary in place of this process, as far as Node can. Its input and output are the binary's own,
// signals are passed on, and it ends as the binary ended.
import { constants } from "node:os";

import binary from "./binary.cjs";

/** The exit code of a wrong configuration, as the binary has it. */
const NOT_CONFIGURED = 2;

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"];

const found = binary.locate();
if (found.path === undefined) fail(found.message);
else await run(found.path).catch(({ message }) => fail(message));

async function run(path) {
  let child;
  const pass = (signal) => child?.kill(signal);
  // Before the binary is started: it may be quicker than this process.
  for (const signal of SIGNALS) process.on(signal, pass);
  child = await binary.start(path, process.argv.slice(2), { stdio: "inherit" });
  child.once("exit", (code, signal) => {
    for (const name of SIGNALS) process.off(name, pass);
    // The number that a shell has for the signal, where the signal does not end this process: as the first one of a
    // container, or because Node ignores it.
    process.exitCode = code ?? 128 + constants.signals[signal];
    // A shell that waits sees the signal itself, not only a number.
    if (signal !== null) process.kill(process.pid, signal);
  });
}

function fail(message) {
  console.error(`atlas-sync: ${message}`);
  process.exitCode = NOT_CONFIGURED;
}
