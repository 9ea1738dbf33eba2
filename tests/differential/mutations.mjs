// Mutations of a snapshot that know its structure. Each is a name and a change, drawn from random numbers of its own, so
// that a case is its list of mutations, and a shorter list is a smaller case.
import { createHash } from "node:crypto";

import { STORED_KEYS } from "../../pkg-template/lib/registry.js";
import { canonical } from "./reference.mjs";
import { all, member, raw, setMember, treeOf, written } from "./tree.mjs";

export const [MANIFEST, ...ENTRIES] = STORED_KEYS;

const NUMBERS = [
  "0", "-0", "-0.0", "0e5", "1.0", "1.50", "1E2", "1e2", "1e+2", "100e-2", "1e21", "1E21", "1e400", "-1e400", "1e-400", "5e-324", "2e-324",
  "9007199254740991", "9007199254740992", "9007199254740993", "-9007199254740993", "18446744073709551616", "123456789012345678901234567890",
  "0.1", "0.10", "0.1000000000000000055", "0.30000000000000004", "1e-6", "1e-7", "0.0000001", "333333333.33333329", "1.7976931348623157e308",
  "1.7976931348623159e308", "-1", "3.5", "4.35", "0.000001", "123456789012345.6", "999999999999999900000",
];

/** As they are written, quotes included. */
const NAMES = [
  '""', '"0"', '"10"', '"9"', '"-1"', '"01"', '"4294967295"', '"4294967294"', '"__proto__"', '"constructor"', '"toString"', '"hasOwnProperty"',
  '"valueOf"', '"length"', '"checksum"', '"signatures"', '"format"', '"é"', '"\\u00e9"', '"\\u0061"', '"a"', '"A"', '"aa"', '"\\n"', '"\\u000a"',
  '"\\u001F"', '"\\u001f"', '"\\/"', '"/"', '"\\""', '"\\\\"', '"\u007f"', '"\u2028"', '"\\ud83d\\ude00"', '"😀"', '"\ufb33"', '"\\uFB33"', '"\\ud800"',
  '"\\udc00\\ud83d"', '"\\u0000"', '"z"', '"Z"', '"payload"', '"\\u0070ayload"',
];

/** Numbers from a seed (mulberry32), from 0 to 1. */
function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const below = (random, most) => Math.floor(random() * most);
const pick = (random, list) => list[below(random, list.length)];
const hex = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** A value, in some spelling. */
function anyTree(random, depth = 2) {
  const kinds = depth > 0 ? 7 : 5;
  switch (below(random, kinds)) {
    case 0: return raw(pick(random, NUMBERS));
    case 1: return raw(pick(random, NAMES));
    case 2: return raw(pick(random, ["true", "false", "null"]));
    case 3: return raw(String(below(random, 100)));
    case 4: return raw(JSON.stringify(pick(random, ["x", "LIST", "soft", "2025-09-01", "2026-11-22T12:00:00.000Z"])));
    case 5: return { kind: "array", elements: Array.from({ length: below(random, 4) }, () => anyTree(random, depth - 1)) };
    default: return { kind: "object", members: Array.from({ length: below(random, 4) }, () => [pick(random, NAMES), anyTree(random, depth - 1)]) };
  }
}

/** A place in an entry: anywhere, but as likely in the envelope as in what it holds. */
function place(random, tree, test) {
  const trees = (random() < 0.3 ? [tree, ...(tree.members ?? []).map(([, inner]) => inner)] : all(tree)).filter(test);
  return trees.length === 0 ? undefined : pick(random, trees);
}

const isObject = ({ kind }) => kind === "object";
const isRaw = ({ kind }) => kind === "raw";
const isText = ({ kind, text }) => kind === "raw" && text.startsWith('"');
const isNumber = ({ kind, text }) => kind === "raw" && /^[-\d]/.test(text);

function shuffled(random, list) {
  const rest = [...list];
  return list.map(() => rest.splice(below(random, rest.length), 1)[0]);
}

/** Changes of one entry's tree, in place. */
const CHANGES = {
  shuffle: (random, tree) => {
    const object = place(random, tree, isObject);
    if (object) object.members = shuffled(random, object.members);
  },
  reverseAll: (_random, tree) => all(tree).filter(isObject).forEach((object) => object.members.reverse()),
  number: (random, tree) => {
    const number = place(random, tree, random() < 0.7 ? isNumber : isRaw);
    if (number) number.text = pick(random, NUMBERS);
  },
  addMember: (random, tree) => {
    const object = place(random, tree, isObject);
    object?.members.splice(below(random, object.members.length + 1), 0, [pick(random, NAMES), anyTree(random)]);
  },
  removeMember: (random, tree) => {
    const object = place(random, tree, isObject);
    if (object) object.members.splice(below(random, object.members.length), 1);
  },
  repeatMember: (random, tree) => {
    const object = place(random, tree, ({ members }) => members?.length > 0);
    if (!object) return;
    const [name, value] = pick(random, object.members);
    const again = random() < 0.5 ? structuredClone(value) : anyTree(random);
    object.members.splice(below(random, object.members.length + 1), 0, [name, again]);
  },
  renameMember: (random, tree) => {
    const object = place(random, tree, ({ members }) => members?.length > 0);
    if (object) pick(random, object.members)[0] = pick(random, NAMES);
  },
  replace: (random, tree) => {
    const target = place(random, tree, (other) => other !== tree);
    if (target) Object.assign(target, { members: undefined, elements: undefined, text: undefined }, anyTree(random));
  },
  respell: (random, tree) => {
    const text = place(random, tree, isText);
    const spell = (spelled) => {
      const plain = JSON.parse(spelled);
      if (plain === "") return spelled;
      const at = below(random, plain.length);
      return `"${JSON.stringify(plain.slice(0, at)).slice(1, -1)}${hex(plain[at])}${JSON.stringify(plain.slice(at + 1)).slice(1, -1)}"`;
    };
    if (text && random() < 0.5) text.text = spell(text.text);
    const object = place(random, tree, ({ members }) => members?.length > 0);
    if (object) {
      const named = pick(random, object.members);
      named[0] = spell(named[0]);
    }
  },
  space: (random, tree) => {
    const target = place(random, tree, () => true);
    if (target) target.space = pick(random, [" ", "\n", "\t", "\r\n "]);
  },
  nest: (random, tree) => {
    const target = place(random, tree, isRaw);
    if (!target) return;
    const levels = pick(random, [3, 110, 120, 121, 122, 123, 124, 125, 126, 127, 128, 140]);
    const inner = pick(random, [written(target), "[]", "{}"]);
    const [open, close] = pick(random, [["[", "]"], ['{"a":', "}"], ['{"b":0,"a":', "}"]]);
    Object.assign(target, { space: undefined, text: open.repeat(levels) + inner + close.repeat(levels) });
  },
  envelope: (random, tree) => {
    const [name, value] = pick(random, [
      ["format", "2"], ["format", "1.0"], ["format", '"1"'], ["format", "null"], ["format", undefined], ["version", "0"], ["version", "1.5"],
      ["version", "10e-1"], ["version", "9007199254740991"], ["version", "9007199254740992"], ["version", '"1"'], ["version", undefined],
      ["updatedAt", '"2026-11-22T12:00:00Z"'], ["updatedAt", '"2026-02-30T12:00:00.000Z"'], ["updatedAt", '"1969-12-31T23:59:59.999Z"'],
      ["updatedAt", '"9999-12-31T23:59:59.999Z"'], ["updatedAt", '"2026-11-22T24:00:00.000Z"'], ["updatedAt", "1"], ["key", '"atlas:v1:planHints"'],
      ["key", '"atlas\\u003av1\\u003amanifest"'], ["key", undefined], ["checkedAt", '"now"'], ["checkedAt", undefined], ["writer", "1"],
      ["writer", '"\\ud83d\\ude00\\n"'], ["writer", undefined], ["payload", undefined], ["payload", "[]"], ["entries", "[]"], ["entries", undefined],
      ["signatures", '{"0123456789abcdef":"AA"}'], ["signatures", "1e400"], ["signature", '"x"'], ["later", "[1,2]"], ["Before", "{}"],
    ]);
    setMember(tree, name, value === undefined ? undefined : raw(value));
  },
  summary: (random, tree) => {
    const entries = member(tree, "entries");
    if (entries?.kind !== "object" || entries.members.length === 0) return;
    const [, named] = pick(random, entries.members);
    const [name, value] = pick(random, [
      ["records", "0"], ["records", "-1"], ["records", "1.5"], ["records", "10e-1"], ["bytes", "1"], ["bytes", '"1"'], ["version", "2"],
      ["version", undefined], ["checksum", '"sha256:00"'], ["checksum", undefined], ["later", "1"], ["bytes", undefined],
    ]);
    if (random() < 0.2) entries.members.splice(below(random, entries.members.length), 1);
    else setMember(named, name, value === undefined ? undefined : raw(value));
  },
};

const KINDS = Object.keys(CHANGES);

/** How an entry gets its checksum: none but the old, one of the canonical form, or one of the text as it is written. */
const SEALS = ["none", "canonical", "canonical", "canonical", "odd", "odd"];

/** The mutations of one case. */
export function mutationsOf(seed) {
  const random = randomOf(seed);
  const number = () => below(random, 2 ** 31);
  const mutations = Array.from({ length: 1 + below(random, 3) }, () => {
    const key = random() < 0.25 ? MANIFEST : pick(random, ENTRIES);
    const kind = pick(random, key === MANIFEST ? [...KINDS, "summary", "summary"] : KINDS);
    return { key, kind, seed: number(), seal: pick(random, SEALS) };
  });
  if (random() < 0.85) mutations.push({ key: MANIFEST, kind: "publish", seal: pick(random, SEALS) });
  if (random() < 0.06) mutations.push({ key: pick(random, [MANIFEST, ...ENTRIES]), kind: "store", seed: number() });
  return mutations;
}

/** The texts of a store, by stored key, after these mutations of a snapshot. */
export function mutated(items, mutations) {
  const trees = Object.fromEntries(Object.entries(items).map(([key, value]) => [key, treeOf(value)]));
  for (const { key, kind, seed, seal } of mutations) {
    const random = randomOf(seed);
    if (kind === "store") changeStore(random, trees, key);
    else if (trees[key] !== undefined) {
      if (kind === "publish") publish(trees);
      else CHANGES[kind](random, trees[key]);
      reseal(trees[key], seal, key === MANIFEST ? ["checksum", "signatures"] : ["checksum"]);
    }
  }
  return Object.fromEntries(Object.entries(trees).map(([key, tree]) => [key, written(tree)]));
}

/** Has the manifest name the entries as they are. */
function publish(trees) {
  const entries = member(trees[MANIFEST], "entries");
  for (const key of ENTRIES) {
    const value = trees[key] && JSON.parse(written(trees[key]));
    const named = entries && member(entries, key.replaceAll("_", ":"));
    if (named?.kind !== "object" || typeof value !== "object" || value === null) continue;
    const { checksum, version, payload } = value;
    const inner = Object.values(payload ?? {});
    const records = key === "atlas_v1_widgetSchemas" ? inner.reduce((sum, versions) => sum + Object.keys(versions ?? {}).length, 0) : inner.length;
    const bytes = Buffer.byteLength(canonical(value));
    for (const [name, found] of Object.entries({ checksum, version, records, bytes })) if (found !== undefined) setMember(named, name, treeOf(found));
  }
}

function reseal(tree, how, uncovered) {
  if (how === "none" || tree.kind !== "object") return;
  const covered = { ...tree, members: tree.members.filter(([name]) => !uncovered.includes(JSON.parse(name))) };
  const text = how === "odd" ? written(covered) : canonical(JSON.parse(written(covered)));
  setMember(tree, "checksum", raw(`"sha256:${createHash("sha256").update(text).digest("hex")}"`));
}

function changeStore(random, trees, key) {
  switch (below(random, 4)) {
    case 0:
      delete trees[key];
      break;
    case 1:
      trees[key] = anyTree(random);
      break;
    case 2:
      trees[key] = structuredClone(trees[pick(random, Object.keys(trees))]);
      break;
    default:
      setMember(trees[key], "checksum", raw(pick(random, ['"sha256:"', "1", '"SHA256:00"', '"x"', "null"])));
  }
}
