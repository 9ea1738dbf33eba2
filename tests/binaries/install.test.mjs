// The packed packages, installed by npm in an empty folder on a machine without Rust, and the command that this gives.
import assert from "node:assert/strict";
import { chmod, readFile, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { start } from "../../scripts/lib/children.mjs";
import { PLATFORMS } from "../../scripts/lib/binaries.mjs";
import { MICHAEL } from "../../scripts/lib/paths.mjs";
import { until } from "../../scripts/lib/until.mjs";
import { startPostgres } from "../operations/postgres.mjs";
import { emptyPlace, install } from "./place.mjs";
import { startRegistry, tarballs } from "./registry.mjs";
import { emptyRegistry, silentServer } from "./servers.mjs";

const HERE = PLATFORMS.find(({ cpu }) => cpu === process.arch).name;

let place;
before(async () => (place = await install()));
after(() => place?.end());

test("the machine has no Rust", async () => {
  for (const program of ["cargo", "rustc", "rustup", "cc"]) {
    const { code } = await place.run(join(place.bin, "sh"), ["-c", `command -v ${program}`]);
    assert.notEqual(code, 0, program);
  }
});

test("npm installs this platform's binary and no other, downloads nothing else, and runs no script", async () => {
  assert.deepEqual(await readdir(join(place.project, "node_modules", "@clickeen")), ["atlas-sync", `atlas-sync-${HERE}`]);
  assert.deepEqual(place.asked.filter((path) => path.startsWith("tarballs/")).length, 2, place.asked.join(" "));
  for (const { manifest } of await tarballs()) {
    assert.equal(manifest.scripts, undefined, manifest.name);
    assert.equal(manifest.dependencies, undefined, manifest.name);
  }
});

test("the tarballs hold what they should, and the binary may be run", async () => {
  const packed = Object.fromEntries((await tarballs()).map(({ manifest, path }) => [manifest.name, path]));
  const listed = async (path) => {
    const { stdout } = await place.run("/bin/sh", ["-c", 'exec tar -tzf "$0"', path], { PATH: "/usr/bin:/bin" });
    return stdout.split("\n").map((name) => name.replace("package/", "")).sort();
  };
  assert.deepEqual(await listed(packed["@clickeen/atlas-sync"]), [
    "README.md", "bin.js", "binary.cjs", "command.js", "error.js", "index.cjs", "index.d.cts", "index.d.ts", "index.js",
    "options.js", "package.json",
  ]);
  for (const { name } of PLATFORMS) {
    assert.deepEqual(await listed(packed[`@clickeen/atlas-sync-${name}`]), ["README.md", "bin/atlas-sync", "package.json"]);
  }
  const binary = join(place.project, "node_modules", "@clickeen", `atlas-sync-${HERE}`, "bin", "atlas-sync");
  assert.equal((await stat(binary)).mode & 0o111, 0o111);
});

test("a sync from PostgreSQL to a local store, then plan, verify and status", async () => {
  const postgres = await startPostgres();
  try {
    const env = { ATLAS_SOURCE: postgres.url, ATLAS_STORE: "file:store.json" };
    const run = async (...args) => {
      const { code, stdout, stderr } = await place.run(place.command, [...args, "--json"], env);
      assert.equal(code, 0, stderr);
      return JSON.parse(stdout);
    };
    const synced = await run("sync");
    assert.deepEqual([synced.outcome, synced.version, synced.diff.added], ["published", 1, 14]);
    assert.equal((await run("sync")).outcome, "unchanged");
    assert.equal((await run("plan")).outcome, "planned");
    assert.deepEqual([(await run("verify")).verified, (await run("status")).version], [true, 1]);
  } finally {
    await postgres.stop();
  }
});

test("npm ci installs the same from the lock file", async (t) => {
  const registry = await startRegistry();
  t.after(registry.close);
  const { project } = place;
  // A lock file names the registry that it was made with, whose port is another's by now.
  const lock = (await readFile(join(project, "package-lock.json"), "utf8")).replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, registry.url);
  // It serves every platform.
  for (const { name } of PLATFORMS) assert.ok(lock.includes(`node_modules/@clickeen/atlas-sync-${name}`), name);
  await writeFile(join(project, "package-lock.json"), lock);
  const { code, stderr } = await place.npm("ci", "--registry", registry.url);
  assert.equal(code, 0, stderr);
  assert.deepEqual(await readdir(join(project, "node_modules", "@clickeen")), ["atlas-sync", `atlas-sync-${HERE}`]);
  assert.equal((await place.run(place.command, ["--version"])).code, 0);
});

test("npx finds the command", async () => {
  const { code, stdout } = await place.run(join(place.bin, "npx"), ["--no-install", "atlas-sync", "--version"]);
  assert.equal(code, 0);
  assert.match(stdout, /^atlas-sync \d+\.\d+\.\d+$/);
});

test("the command ends as the binary ends, and its input and output are the binary's", async () => {
  assert.equal((await place.run(place.command, ["sync"])).code, 2);
  const bad = await place.run(place.command, ["verify", "--store", "file:nothing.json"]);
  assert.equal(bad.code, 8);
  assert.match(bad.stderr, /^atlas-sync: the store does not hold a whole, verified snapshot/m);
  const unreadable = await place.run(place.command, ["sync", "--source", "file:nothing", "--store", "file:other.json"]);
  assert.equal(unreadable.code, 4);
});

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) {
  test(`the command passes ${signal} on, and waits for the binary's own end`, async (t) => {
    const michael = await silentServer();
    t.after(michael.close);
    const args = ["sync", "--source", `postgres://u@127.0.0.1:${michael.port}/d`, "--store", "file:silent.json"];
    const child = start(place.command, args, { cwd: place.project, env: place.env() });
    await michael.asked;
    // The launcher alone: a whole group would get it from a terminal.
    process.kill(child.pid, signal);
    assert.equal(await child.ended, 130);
  });
}

test("the command passes a signal on from the first moment", async () => {
  const script = join(place.directory, "quick");
  // As `sh` may be quicker than Node, so may be who sends the signal.
  await writeFile(script, "#!/bin/sh\ntrap 'exit 5' TERM\nkill -TERM $PPID\n/bin/sleep 2\nexit 9\n");
  await chmod(script, 0o755);
  for (let times = 0; times < 8; times += 1) {
    assert.equal((await place.run(place.command, [], { ATLAS_SYNC_BINARY: script })).code, 5);
  }
});

test("a serve that is told to stop ends with 0", async () => {
  const lines = [];
  const args = ["serve", "--source", `file:${MICHAEL}`, "--store", "file:served.json", "--listen", "127.0.0.1:0"];
  const env = place.env({ INTERNAL_ADMIN_KEY: "the-key" });
  const child = start(place.command, args, { cwd: place.project, env, onLine: (line) => lines.push(line) });
  await until("address", () => lines.some((line) => line.startsWith("listening on ")));
  process.kill(child.pid, "SIGTERM");
  assert.equal(await child.ended, 0);
});

test("the command dies as the binary dies", async () => {
  const script = join(place.directory, "killed");
  await writeFile(script, "#!/bin/sh\nkill -KILL $$\n");
  await chmod(script, 0o755);
  assert.equal((await place.run(place.command, [], { ATLAS_SYNC_BINARY: script })).code, "SIGKILL");
});

test("the command that cannot die as the binary does ends with the signal's number", async () => {
  // Node ignores SIGPIPE, as the first process of a container does any signal.
  const script = join(place.directory, "piped");
  await writeFile(script, "#!/bin/sh\nkill -PIPE $$\n");
  await chmod(script, 0o755);
  assert.equal((await place.run(place.command, [], { ATLAS_SYNC_BINARY: script })).code, 141);
});

test("a binary that cannot be started is said in one line", async () => {
  for (const [path, why] of [[join(place.project, "nothing"), "ENOENT"], [join(place.project, "package.json", "below"), "ENOTDIR"]]) {
    const { code, stderr } = await place.run(place.command, [], { ATLAS_SYNC_BINARY: path });
    assert.equal(code, 2);
    assert.match(stderr, new RegExp(`^atlas-sync: ${path} could not be started: spawn .*${why}$`));
  }
});

test("without the platform's package the command says so, and how to go on", async (t) => {
  const bare = await emptyPlace();
  t.after(bare.end);
  const registry = await startRegistry();
  t.after(registry.close);
  const installed = await bare.npm("install", "@clickeen/atlas-sync", "--omit=optional", "--registry", registry.url);
  assert.equal(installed.code, 0, installed.stderr);
  const { code, stderr } = await bare.run(bare.command, ["--version"]);
  assert.equal(code, 2);
  assert.match(stderr, new RegExp(`^atlas-sync: the package @clickeen/atlas-sync-${HERE}, .* is not installed; .*--include=optional`));
  assert.match(stderr, /cargo build --release --bin atlas-sync/);
});

test("a platform's package that cannot be read is not said to be missing", async (t) => {
  const manifest = join(place.project, "node_modules", "@clickeen", `atlas-sync-${HERE}`, "package.json");
  const good = await readFile(manifest);
  t.after(() => writeFile(manifest, good));
  await writeFile(manifest, "{");
  const { code, stderr } = await place.run(place.command, ["--version"]);
  assert.equal(code, 2);
  assert.match(stderr, new RegExp(`^atlas-sync: @clickeen/atlas-sync-${HERE}, the package with the binary, could not be read: .*package\\.json`));
  assert.doesNotMatch(stderr, /not installed/);
});

test("where there is no binary the package installs, and the command says how to build it and where to put it", async () => {
  const imported = 'import binary from "@clickeen/atlas-sync/binary.cjs"';
  const { stderr } = await place.run(process.execPath, ["--input-type=module", "-e", imported]);
  assert.match(stderr, /ERR_PACKAGE_PATH_NOT_EXPORTED/);
  // As on a Mac: what Node says of its platform is all that counts.
  const preload = join(place.directory, "mac.cjs");
  await writeFile(preload, 'Object.defineProperty(process, "platform", { value: "darwin" });');
  const mac = { NODE_OPTIONS: `--require=${preload}` };
  const refused = await place.run(place.command, ["--version"], mac);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /^atlas-sync: there is no binary for darwin-\w+, only for linux-x64 and linux-arm64; build it from source: /);
  assert.match(refused.stderr, /cargo build --release --bin atlas-sync.*ATLAS_SYNC_BINARY/);
  const binary = join(place.project, "node_modules", "@clickeen", `atlas-sync-${HERE}`, "bin", "atlas-sync");
  const built = await place.run(place.command, ["--version"], { ...mac, ATLAS_SYNC_BINARY: binary });
  assert.equal(built.code, 0, built.stderr);
});

test("the tarballs install from their files too, without a registry that knows the other platforms", async (t) => {
  const bare = await emptyPlace();
  t.after(bare.end);
  const wanted = ["@clickeen/atlas-sync", `@clickeen/atlas-sync-${HERE}`];
  const files = (await tarballs()).filter(({ manifest }) => wanted.includes(manifest.name)).map(({ path }) => path);
  const unknown = await emptyRegistry();
  t.after(unknown.close);
  const installed = await bare.npm("install", ...files, "--registry", unknown.url);
  assert.equal(installed.code, 0, installed.stderr);
  assert.equal((await bare.run(bare.command, ["--version"])).code, 0);
});

test("the manifest names each platform's package in the very same version", async () => {
  const path = join(place.project, "node_modules", "@clickeen", "atlas-sync", "package.json");
  const { version, optionalDependencies } = JSON.parse(await readFile(path, "utf8"));
  assert.deepEqual(optionalDependencies, Object.fromEntries(PLATFORMS.map(({ name }) => [`@clickeen/atlas-sync-${name}`, version])));
});
