#!/usr/bin/env node
// The command `atlas`, for a developer's machine: `npx @clickeen/atlas doctor`. Nothing that runs at the edge imports it.
import { main } from "./lib/doctor/main.js";

process.exitCode = await main(process.argv.slice(2));
// The SDK ends no read: one that hangs would hold the process for minutes.
setTimeout(() => process.exit(), 100).unref();
