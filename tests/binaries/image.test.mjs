// The container image: what is in it, who runs in it, and that the job works in it, health check and TLS included.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { start } from "../../scripts/lib/children.mjs";
import { freePort } from "../../scripts/lib/ports.mjs";
import { until } from "../../scripts/lib/until.mjs";
import { startPostgres } from "../operations/postgres.mjs";
import { build, builder, instructions, layOut, mayChroot } from "./image.mjs";
import { toEnd } from "./place.mjs";

/** What a runtime adds to every root. */
const RUNTIMES_OWN = ["dev", "proc", "run", "sys"];

let postgres;
before(async () => (postgres = await startPostgres()));
after(() => postgres?.stop());

test("the image begins with nothing, and its instructions hold no secret", async () => {
  const all = await instructions();
  assert.deepEqual(all[0], { name: "FROM", rest: "scratch" });
  for (const { name, rest } of all) assert.ok(!["ENV", "ARG"].includes(name) || !/KEY|TOKEN|SECRET|PASSWORD/.test(rest), rest);
});

test("the image as its instructions lay it out, run with chroot", async (t) => {
  if (!mayChroot()) return t.skip("this machine lets nobody but root change the root of a process");
  const image = await layOut();
  t.after(image.end);
  return checks(t, image);
});

test("the image as buildah builds it", async (t) => {
  const found = await builder();
  if (found.missing) {
    t.diagnostic(`${found.missing}: the image is checked by laying its root out alone`);
    return t.skip(found.missing);
  }
  t.after(found.end);
  return checks(t, await build(found));
});

async function checks(t, image) {
  const run = ([command, ...args]) => toEnd(command, args, { env: process.env });

  await t.test("it holds the binary, the roots, and nothing else", async () => {
    const files = (await readdir(image.root, { recursive: true, withFileTypes: true })).filter((entry) => !entry.isDirectory());
    const paths = files.map((file) => join(file.parentPath ?? file.path, file.name).slice(image.root.length + 1));
    const ours = paths.filter((path) => !RUNTIMES_OWN.includes(path.split("/")[0]));
    // A builder binds these from the machine for as long as something runs in it.
    const bound = ["etc/hosts", "etc/resolv.conf", "etc/passwd", "etc/group"];
    assert.deepEqual(ours.filter((path) => !bound.includes(path)).sort(), ["atlas-sync", "etc/ssl/certs/ca-certificates.crt"]);
    const pem = await readFile(join(image.root, "etc/ssl/certs/ca-certificates.crt"), "utf8");
    const roots = pem.match(/-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/g);
    assert.ok(roots.length > 100, `${roots.length} roots`);
    for (const root of roots) assert.ok(new X509Certificate(root).ca);
    assert.equal((await stat(join(image.root, "atlas-sync"))).mode & 0o7777, 0o755);
  });

  await t.test("its user is not root, and its entry point is the command", () => {
    const [user, group] = image.config.user.split(":").map(Number);
    assert.ok(user >= 1_000 && group >= 1_000, image.config.user);
    assert.deepEqual([image.config.entrypoint, image.config.cmd], [["/atlas-sync"], ["serve"]]);
  });

  await t.test("it runs a sync as that user", async () => {
    const version = await run(image.command(["--version"]));
    assert.equal(version.code, 0, version.stderr);
    assert.match(version.stdout, /^atlas-sync \d/);
    const planned = await run(image.command(["plan", "--json", "--store", "file:/none.json"], [`ATLAS_SOURCE=${postgres.url}`]));
    assert.equal(planned.code, 0, planned.stderr);
    assert.equal(JSON.parse(planned.stdout).diff.added, 14);
  });

  await t.test("it trusts public roots for TLS: what it says of an unknown server is about the server", async () => {
    const env = [`ATLAS_SOURCE=${postgres.url}`, "INTERNAL_ADMIN_KEY=key", "ATLAS_EDGE_CONFIG_TOKEN=token"];
    const args = ["plan", "--json", "--store", "vercel", "--edge-config-id", "ecfg_1", "--deadline", "1s"];
    const refused = await run(image.command([...args, "--api-url", `https://127.0.0.1:${await freePort()}`], env));
    assert.equal(refused.code, 6, refused.stderr);
    assert.doesNotMatch(refused.stdout, /root certificates/);
  });

  await t.test("its job is alive by its own health check, and not once it has ended", async () => {
    const listen = `ATLAS_LISTEN=127.0.0.1:${await freePort()}`;
    const [probe, ...args] = image.config.health;
    assert.deepEqual([probe, args], ["/atlas-sync", ["probe"]]);
    const health = () => run(image.command(args, [listen]));
    assert.equal((await health()).code, 1);
    const env = [listen, `ATLAS_SOURCE=${postgres.url}`, "ATLAS_STORE=file:/none.json", "INTERNAL_ADMIN_KEY=key"];
    const [command, ...words] = image.command(image.config.cmd, env);
    const lines = [];
    const job = start(command, words, { env: process.env, onLine: (line) => lines.push(line) });
    try {
      await until("address", () => lines.some((line) => line.startsWith("listening on ")));
      assert.equal((await health()).code, 0);
      const [pid, group] = (await ownerOf("/atlas-sync", listen)).map(Number);
      assert.ok(pid >= 1_000 && group >= 1_000, `${pid}:${group}`);
    } finally {
      await job.stop();
    }
    assert.equal((await health()).code, 1);
  });
}

/** The user and the group of the process that was started with a variable. */
async function ownerOf(program, variable) {
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const [environ, cmdline] = await Promise.all(["environ", "cmdline"].map((file) => readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "")));
    if (!environ.split("\0").includes(variable) || cmdline.split("\0")[0] !== program) continue;
    const status = await readFile(`/proc/${pid}/status`, "utf8");
    return ["Uid", "Gid"].map((name) => new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)[1]);
  }
  throw new Error(`no process ${program} with ${variable}`);
}
