// What lies beside the tarballs: their checksums, and what they are made of.
import assert from "node:assert/strict";
import { copyFile, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { PLATFORMS } from "../../scripts/lib/binaries.mjs";
import { ROOT } from "../../scripts/lib/paths.mjs";
import { DIST } from "../../scripts/lib/release.mjs";
import { attempt, run } from "../../scripts/lib/run.mjs";
import { tarballs } from "./registry.mjs";

test("SHA256SUMS names every file, and sha256sum agrees; it sees a changed byte", async (t) => {
  const copy = await mkdtemp(join(tmpdir(), "atlas-sums-"));
  t.after(() => rm(copy, { recursive: true }));
  const files = (await readdir(DIST, { withFileTypes: true })).filter((entry) => entry.isFile() && !entry.name.startsWith("."));
  for (const { name } of files) await copyFile(join(DIST, name), join(copy, name));
  const listed = (await readFile(join(DIST, "SHA256SUMS"), "utf8")).trim().split("\n").map((line) => line.split("  ")[1]);
  assert.deepEqual(listed, files.map(({ name }) => name).filter((name) => name !== "SHA256SUMS").sort());
  assert.equal(listed.length, 2 * PLATFORMS.length + 2);
  await run("sha256sum", ["--check", "--strict", "SHA256SUMS"], { cwd: copy });
  const bytes = await readFile(join(copy, listed[0]));
  bytes[bytes.length - 1] ^= 1;
  await writeFile(join(copy, listed[0]), bytes);
  assert.equal((await attempt("sha256sum", ["--check", "--strict", "SHA256SUMS"], { cwd: copy })).how, 1);
});

for (const { name, target } of PLATFORMS) {
  test(`the SBOM of ${name} lists every crate that cargo compiles into that binary, and no folder of this machine`, async () => {
    const text = await readFile(join(DIST, `atlas-sync.${name}.cdx.json`), "utf8");
    assert.ok(!text.includes(ROOT.replace(/\/$/, "")), "it names the folder of the project");
    const sbom = JSON.parse(text);
    assert.deepEqual([sbom.bomFormat, sbom.specVersion, sbom.metadata.component.name], ["CycloneDX", "1.5", "atlas"]);
    const listed = new Set(sbom.components.map((component) => `${component.name} v${component.version}`));
    // A macro runs in the compiler; what it needs is in no binary.
    const tree = await run("cargo", ["tree", "--locked", "--target", target, "--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"]);
    const compiled = [...new Set(tree.split("\n").map((line) => /^\S+ v[^\s]+/.exec(line)?.[0]))].filter((crate) => crate && !crate.startsWith("atlas "));
    assert.ok(compiled.length > 100, `${compiled.length} crates`);
    assert.deepEqual(compiled.filter((crate) => !listed.has(crate)), []);
    for (const crate of ["ring", "rustls", "tokio"]) assert.ok(compiled.some((one) => one.startsWith(`${crate} v`)), crate);
  });
}

test("the SBOM of the npm packages lists every tarball", async () => {
  const sbom = JSON.parse(await readFile(join(DIST, "atlas-sync.npm.cdx.json"), "utf8"));
  const parts = [sbom.metadata.component, ...sbom.components].map(({ "bom-ref": ref }) => ref).sort();
  const packed = (await tarballs()).map(({ manifest }) => `${manifest.name}@${manifest.version}`).sort();
  assert.deepEqual(parts, packed);
});
