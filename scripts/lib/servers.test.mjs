import assert from "node:assert/strict";
import { test } from "node:test";

import { freePort } from "./ports.mjs";
import { startServer } from "./servers.mjs";
import { until } from "./until.mjs";

test("a server that never answers as it should does not go on running", async () => {
  const pids = [];
  const onLine = (line) => pids.push(Number(line));
  const answers = async () => {
    await until("process", () => pids.length > 0);
    return { get status() { throw new Error("no such answer"); } };
  };
  const server = { name: "a shell", port: await freePort(), command: "sh", args: ["-c", "echo $$; exec sleep 600"], answers, onLine };
  await assert.rejects(startServer(server), /no such answer/);
  assert.throws(() => process.kill(pids[0], 0), { code: "ESRCH" });
});
