// Signatures beside other implementations: Node and OpenSSL read the keys that `keys new` makes, Node verifies what the job
// signs, the job takes what a program signs, and a module that `export` writes is one.
import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, verify } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";

import { canonical } from "../../scripts/lib/format.mjs";
import { ATLAS_SYNC, MICHAEL, environment, which } from "../../scripts/lib/paths.mjs";
import { run } from "../../scripts/lib/run.mjs";

/** Not every machine has it. */
const withOpenssl = { skip: which("openssl") === undefined && "no openssl on the path" };

let folder;
let keyFile;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "atlas-signing-"));
  keyFile = join(folder, "key.pem");
  await run(ATLAS_SYNC, ["keys", "new", "--out", keyFile]);
});
after(() => rm(folder, { recursive: true, force: true }));

const sync = (store, ...more) =>
  run(ATLAS_SYNC, ["sync", "--json", "--source", `file:${MICHAEL}`, "--store", `file:${join(folder, store)}`, ...more], {
    env: environment({ ATLAS_LOG: "off" }),
  });

const shown = async (...what) => JSON.parse(await run(ATLAS_SYNC, ["keys", "show", "--json", ...what])).keys[0];

/** The snapshot in a store, by the module that `export` writes. */
async function exported(store, name) {
  const file = join(folder, name);
  await run(ATLAS_SYNC, ["export", "--store", `file:${join(folder, store)}`, "--out", file]);
  const { default: snapshot } = await import(pathToFileURL(file).href);
  assert.equal(snapshot(), snapshot(), "it is parsed once");
  return snapshot();
}

test("Node and OpenSSL find the same public key in a new key", withOpenssl, async () => {
  const { pem, publicKey } = await shown(keyFile);
  const node = createPublicKey(createPrivateKey(await readFile(keyFile)));
  assert.equal(node.export({ format: "pem", type: "spki" }), pem);
  assert.equal(node.export({ format: "jwk" }).x, publicKey);
  assert.equal((await run("openssl", ["pkey", "-in", keyFile, "-pubout"])).trim(), pem.trim());
});

test("a key that OpenSSL makes signs, and Node verifies it", withOpenssl, async () => {
  const other = join(folder, "openssl.pem");
  await run("openssl", ["genpkey", "-algorithm", "ED25519", "-out", other]);
  const { id, pem } = await shown(other);
  assert.deepEqual(JSON.parse(await sync("openssl.json", "--signing-key", other)).signedBy, [id]);
  const { checksum: _, signatures, ...covered } = (await exported("openssl.json", "openssl.mjs")).atlas_v1_manifest;
  assert.deepEqual(Object.keys(signatures), [id]);
  const bytes = Buffer.from(canonical(covered));
  assert.ok(verify(null, bytes, createPublicKey(pem), Buffer.from(signatures[id], "base64url")));
});

test("a program signs in place of a key", async () => {
  const program = join(folder, "sign.mjs");
  await writeFile(program, `
    import { createPrivateKey, sign } from "node:crypto";
    import { readFileSync } from "node:fs";
    const signature = sign(null, readFileSync(0), createPrivateKey(readFileSync(process.argv[2])));
    console.log(JSON.stringify({ signature: signature.toString("base64") }));
  `);
  const { id, publicKey } = await shown(keyFile);
  const command = `${process.execPath} ${program} ${keyFile}`;
  const report = JSON.parse(await sync("program.json", "--sign-command", command, "--sign-command-key", publicKey));
  assert.deepEqual([report.outcome, report.signedBy], ["published", [id]]);
  await run(ATLAS_SYNC, ["verify", "--store", `file:${join(folder, "program.json")}`, "--public-key", publicKey]);
});
