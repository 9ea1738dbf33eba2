// Signed manifests with one defect each, made with the second implementation of the format and with Node's Ed25519. Every
// manifest names the entries of the fixture `snapshots/whole.json`.
//
// The keys are for tests alone: each seed is the SHA-256 of a sentence in this file, so everybody has them.
import { createHash, createPrivateKey, createPublicKey, sign } from "node:crypto";

import { canonical, seal } from "./format.mjs";

/** The order of the group (RFC 8032, section 5.1). */
const L = 2n ** 252n + 27742317777372353535851937790883648493n;

const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

function key(name) {
  const seed = createHash("sha256").update(`Atlas, a key for tests: ${name}`).digest();
  const secret = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: "der", type: "pkcs8" });
  const shown = createPublicKey(secret);
  const raw = shown.export({ format: "der", type: "spki" }).subarray(-32);
  return {
    id: createHash("sha256").update(raw).digest("hex").slice(0, 16),
    publicKey: raw.toString("base64url"),
    publicPem: shown.export({ format: "pem", type: "spki" }),
    privatePem: secret.export({ format: "pem", type: "pkcs8" }),
    secret,
  };
}

const OLD = key("old");
const NEW = key("new");
const STRANGER = key("stranger");

const covered = ({ checksum: _, signatures: __, ...rest }) => Buffer.from(canonical(rest));
const signed = (manifest, by) => sign(null, covered(manifest), by.secret);
const text = (bytes) => bytes.toString("base64url");

/** The signature with the group's order added to its second half: valid too, if that half is not checked. */
function malleable(signature) {
  let s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString("hex")}`) + L;
  const half = Buffer.alloc(32);
  for (let at = 0; at < 32; at++, s >>= 8n) half[at] = Number(s & 255n);
  return Buffer.concat([signature.subarray(0, 32), half]);
}

/** The next letter of the alphabet in place of the last one: it differs in bits that no byte uses. */
const strayBits = (base64url) => base64url.replace(/.$/, (last) => String.fromCharCode(last.charCodeAt(0) + 1));

const hex = (digits) => Buffer.from(digits, "hex");
const P = hex(`ed${"ff".repeat(30)}7f`);

/** Points of low order, in each encoding that some library takes (libsodium's list, with both signs). */
const LOW_ORDER = [
  "00".repeat(32),
  `01${"00".repeat(31)}`,
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  `ec${"ff".repeat(30)}7f`,
  P.toString("hex"),
  `ee${"ff".repeat(30)}7f`,
].flatMap((digits) => {
  const other = hex(digits);
  other[31] |= 0x80;
  return [hex(digits), other];
});

/** The fixtures by name. `whole` is the snapshot whose manifest is signed. */
export function signatureFixtures(whole, { now, lookup }) {
  const manifest = whole.atlas_v1_manifest;
  const other = (change) => seal({ ...manifest, ...change });
  const fixture = (about, members) => {
    const { by = [OLD], required = 1, signatures, of = manifest, signedBy = [], decision = "signature_invalid" } = members;
    return {
      about, now, lookup, publicKeys: by.map(({ publicKey }) => publicKey), signaturesRequired: required,
      expect: { signedBy, decision },
      manifest: JSON.parse(canonical(signatures === undefined ? of : { ...of, signatures })),
    };
  };
  const of = (key, value) => ({ [key.id]: value });
  const good = signed(manifest, OLD);
  const hit = (...keys) => ({ signedBy: keys.map(({ id }) => id).sort(), decision: "hit" });
  return {
    "signed": fixture("signed by the one key", { signatures: of(OLD, text(good)), ...hit(OLD) }),
    "no-public-keys": fixture("a reader without public keys takes what nobody it knows has signed", {
      by: [], signatures: of(STRANGER, text(signed(manifest, STRANGER))), decision: "hit",
    }),
    "unsigned": fixture("no signatures", {}),
    "signatures-empty": fixture("an object without signatures", { signatures: {} }),
    "signatures-null": fixture("null in place of signatures", { signatures: null }),
    "signatures-a-list": fixture("a list in place of an object", { signatures: [text(good)] }),
    "unknown-key": fixture("signed by a key that the reader does not know", {
      signatures: of(STRANGER, text(signed(manifest, STRANGER))),
    }),
    "unknown-key-beside": fixture("an unknown key beside the known one is ignored", {
      signatures: { ...of(STRANGER, text(signed(manifest, STRANGER))), ...of(OLD, text(good)) }, ...hit(OLD),
    }),
    "names-of-objects": fixture("key ids that every JavaScript object inherits are ignored", {
      signatures: JSON.parse(`{"__proto__":"AAAA","constructor":"AAAA","${OLD.id}":"${text(good)}"}`), ...hit(OLD),
    }),
    "wrong-key-under-a-known-id": fixture("a stranger's signature under the known key's id", {
      signatures: of(OLD, text(signed(manifest, STRANGER))),
    }),
    "right-key-over-other-bytes": fixture("the right key has signed a manifest of another writer", {
      signatures: of(OLD, text(signed(other({ writer: "somebody else" }), OLD))),
    }),
    "over-the-checksum-too": fixture("the right key has signed the manifest with its checksum in it", {
      signatures: of(OLD, text(sign(null, Buffer.from(canonical(manifest)), OLD.secret))),
    }),
    "signature-of-another-version": fixture("the signature of version 1 in the manifest of version 2", {
      of: other({ version: 2 }), signatures: of(OLD, text(good)),
    }),
    "signature-of-another-heartbeat": fixture("the signature of an earlier heartbeat under a fresh checkedAt", {
      of: other({ checkedAt: now }), signatures: of(OLD, text(good)),
    }),
    "heartbeat-replayed": fixture("a genuine heartbeat, played again 13 h and 1 ms later", {
      of: other({ checkedAt: "2026-11-21T23:59:59.999Z" }), signedBy: [OLD.id], decision: "expired",
      signatures: of(OLD, text(signed(other({ checkedAt: "2026-11-21T23:59:59.999Z" }), OLD))),
    }),
    "one-of-two": fixture("one of two keys is enough", {
      by: [OLD, NEW], signatures: of(NEW, text(signed(manifest, NEW))), ...hit(NEW),
    }),
    "one-of-two-is-damaged": fixture("a valid signature beside one that is not", {
      by: [OLD, NEW], signatures: { ...of(OLD, "AAAA"), ...of(NEW, text(signed(manifest, NEW))) }, ...hit(NEW),
    }),
    "one-of-two-required": fixture("one signature where two are required", {
      by: [OLD, NEW], required: 2, signatures: of(OLD, text(good)), signedBy: [OLD.id],
    }),
    "two-of-two-required": fixture("two signatures where two are required", {
      by: [OLD, NEW], required: 2, signatures: { ...of(OLD, text(good)), ...of(NEW, text(signed(manifest, NEW))) }, ...hit(OLD, NEW),
    }),
    "one-signature-twice": fixture("one key's signature under both ids, where two are required", {
      by: [OLD, NEW], required: 2, signatures: { ...of(OLD, text(good)), ...of(NEW, text(good)) }, signedBy: [OLD.id],
    }),
    "members-in-another-order": {
      ...fixture("a store may give members in any order", { signatures: of(OLD, text(good)), ...hit(OLD) }),
      manifest: Object.fromEntries(Object.entries({ ...manifest, signatures: of(OLD, text(good)) }).reverse()),
    },
    "id-in-uppercase": fixture("a key id in another spelling", { signatures: { [OLD.id.toUpperCase()]: text(good) } }),
    "padded": fixture("base64url with padding", { signatures: of(OLD, `${text(good)}==`) }),
    "stray-bits": fixture("the last letter has bits that no byte uses", { signatures: of(OLD, strayBits(text(good))) }),
    "white-space": fixture("a line break after the signature", { signatures: of(OLD, `${text(good)}\n`) }),
    "base64": fixture("base64 in place of base64url", { signatures: of(OLD, good.toString("base64").replace(/=+$/, "")) }),
    "hexadecimal": fixture("hexadecimal digits", { signatures: of(OLD, good.toString("hex")) }),
    "too-short": fixture("63 bytes", { signatures: of(OLD, text(good.subarray(0, 63))) }),
    "too-long": fixture("65 bytes", { signatures: of(OLD, text(Buffer.concat([good, Buffer.of(0)]))) }),
    "not-a-text": fixture("a list of bytes", { signatures: of(OLD, [...good]) }),
    "malleable": fixture("the signature plus the group's order, which verifies if that is not checked", {
      signatures: of(OLD, text(malleable(good))),
    }),
  };
}

/** The keys, and public keys in every spelling: those that are taken and those that are refused. */
export function keyFixtures() {
  const shown = ({ secret: _, ...rest }) => rest;
  const raw = Buffer.from(OLD.publicKey, "base64url");
  const refused = (why, key) => ({ why, key });
  return {
    about: "keys for tests alone: each seed is the SHA-256 of a sentence in scripts/lib/signature-fixtures.mjs",
    keys: { old: shown(OLD), new: shown(NEW), stranger: shown(STRANGER) },
    spellings: [OLD.publicKey, raw.toString("base64"), raw.toString("base64").replace(/=+$/, ""), OLD.publicPem],
    refused: [
      ...LOW_ORDER.map((point) => refused("a point of low order, or one that is not reduced", text(point))),
      refused("31 bytes", text(raw.subarray(1))),
      refused("33 bytes", text(Buffer.concat([raw, Buffer.of(0)]))),
      refused("hexadecimal digits", raw.toString("hex")),
      refused("a key id", OLD.id),
      refused("a private key", OLD.privatePem),
      refused("nothing", ""),
    ],
  };
}
