// A verifier of its own, written from section 3 of the design with its own JCS and Node's crypto. It shares nothing with
// the crate nor with scripts/lib/format.mjs, and does everything the simple way.
import { createHash } from "node:crypto";

const ENTRIES = ["atlas:v1:widgetTemplates", "atlas:v1:widgetSchemas", "atlas:v1:planHints"];
const MANIFEST = "atlas:v1:manifest";
const DEEPEST = 127;

/** What is wrong, as a reason. */
class Refused extends Error {
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

/** The verdict on each key of a store, given its values by stored key: `verified`, or the reason why not. */
export function reference(items) {
  const stored = (key) => {
    const name = key.replaceAll(":", "_");
    return Object.hasOwn(items, name) ? items[name] : undefined;
  };
  const verdicts = {};
  let manifest;
  verdicts[MANIFEST] = judged(() => (manifest = manifestOf(stored(MANIFEST))));
  for (const key of ENTRIES) {
    verdicts[key] = judged(() => {
      const found = entryOf(key, stored(key));
      if (manifest === undefined) throw new Refused("corrupt");
      const named = member(manifest.entries, key);
      if (named === undefined) throw new Refused("key_missing");
      for (const [name, value] of Object.entries(found)) expect(named[name] === value);
    });
  }
  return verdicts;
}

function judged(verify) {
  try {
    verify();
    return "verified";
  } catch (error) {
    if (error instanceof Refused) return error.reason;
    throw error;
  }
}

function expect(holds, reason = "corrupt") {
  if (!holds) throw new Refused(reason);
}

function manifestOf(value) {
  const manifest = envelope(MANIFEST, value, ["checksum", "signatures"]);
  expect(isTime(member(manifest, "checkedAt")) && typeof member(manifest, "writer") === "string");
  const entries = member(manifest, "entries");
  expect(isObject(entries));
  for (const key of ENTRIES) {
    const named = member(entries, key);
    if (named === undefined) continue;
    expect(isObject(named) && isChecksum(member(named, "checksum")));
    for (const name of ["version", "records", "bytes"]) {
      expect(Number.isSafeInteger(member(named, name)) && named[name] >= 0);
    }
  }
  return manifest;
}

function entryOf(key, value) {
  const entry = envelope(key, value, ["checksum"]);
  const payload = member(entry, "payload");
  expect(isObject(payload));
  const records = RECORDS[key](payload);
  return { checksum: entry.checksum, version: entry.version, records, bytes: Buffer.byteLength(canonical(entry)) };
}

function envelope(key, value, uncovered) {
  expect(value !== undefined, "key_missing");
  expect(isJson(value, 0) && isObject(value));
  const format = member(value, "format");
  expect(format !== undefined);
  expect(format === 1, "unsupported_format");
  const covered = Object.fromEntries(Object.entries(value).filter(([name]) => !uncovered.includes(name)));
  expect(member(value, "checksum") === `sha256:${createHash("sha256").update(canonical(covered)).digest("hex")}`);
  expect(member(value, "key") === key);
  expect(Number.isSafeInteger(member(value, "version")) && value.version >= 1 && isTime(member(value, "updatedAt")));
  return value;
}

const RECORDS = {
  "atlas:v1:widgetTemplates": (payload) => {
    for (const template of Object.values(payload)) {
      expect(isObject(template));
      const has = (test, ...names) => names.forEach((name) => expect(test(member(template, name))));
      has((value) => typeof value === "string", "widgetType", "name", "schemaVersion");
      has((value) => value === null || typeof value === "string", "layout", "skin", "density");
      has((value) => Array.isArray(value) && value.every((accent) => typeof accent === "string"), "accents");
      has((value) => typeof value === "boolean", "premium");
      has(isObject, "defaults", "descriptor");
    }
    return Object.keys(payload).length;
  },
  "atlas:v1:widgetSchemas": (payload) => {
    let records = 0;
    for (const versions of Object.values(payload)) {
      expect(isObject(versions));
      for (const version of Object.values(versions)) expect(isObject(version) && isObject(member(version, "schema")));
      records += Object.keys(versions).length;
    }
    return records;
  },
  "atlas:v1:planHints": (payload) => {
    for (const plan of Object.values(payload)) {
      expect(isObject(plan) && isObject(member(plan, "branding")) && typeof member(plan.branding, "enforced") === "boolean");
      expect(isObject(member(plan, "features")) && Object.values(plan.features).every((value) => typeof value === "boolean"));
      expect(isObject(member(plan, "limits")));
      for (const limit of Object.values(plan.limits)) {
        expect(isObject(limit));
        const enforcement = member(limit, "enforcement");
        expect(enforcement === null || typeof enforcement === "string");
        for (const name of ["limit", "grace"]) expect(member(limit, name) === null || Number.isSafeInteger(member(limit, name)));
      }
    }
    return Object.keys(payload).length;
  },
};

/** An own member: a name that every object inherits is none. */
function member(object, name) {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isChecksum(value) {
  return typeof value === "string" && /^sha256:[0-9a-f]{64}$/.test(value);
}

function isTime(value) {
  if (typeof value !== "string" || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value)) return false;
  const ms = Date.parse(value);
  return ms >= 0 && new Date(ms).toISOString() === value;
}

/** Whether JSON carries it: finite numbers, whole text, and no deeper than a reader goes. */
function isJson(value, depth) {
  switch (typeof value) {
    case "boolean": return true;
    case "number": return Number.isFinite(value);
    case "string": return value.isWellFormed();
    case "object": break;
    default: return false;
  }
  if (value === null) return true;
  if (depth === DEEPEST) return false;
  if (Array.isArray(value)) return value.length === Object.keys(value).length && value.every((element) => isJson(element, depth + 1));
  return Object.entries(value).every(([name, inner]) => inner === undefined || (name.isWellFormed() && isJson(inner, depth + 1)));
}

/** RFC 8785. A member that is undefined is none, as in JSON. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical)}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const names = Object.keys(value).filter((name) => value[name] !== undefined).sort(byCodeUnits);
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`)}}`;
}

/** Section 3.2.3 of RFC 8785: names compare as arrays of UTF-16 code units. */
function byCodeUnits(a, b) {
  for (let at = 0; at < a.length && at < b.length; at += 1) {
    if (a.charCodeAt(at) !== b.charCodeAt(at)) return a.charCodeAt(at) - b.charCodeAt(at);
  }
  return a.length - b.length;
}
