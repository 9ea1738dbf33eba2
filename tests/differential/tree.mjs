// JSON as it is written: a tree whose strings, names and numbers keep their spelling, whose objects keep the order of
// their members and may hold a name twice, and which knows where white space stands.

/** @typedef {{ kind: "object", members: [string, Tree][] } | { kind: "array", elements: Tree[] } | { kind: "raw", text: string }} Tree */

/** The tree of a value, spelled as JSON.stringify spells it. Names are spelled too, quotes and all. */
export function treeOf(value) {
  if (Array.isArray(value)) return { kind: "array", elements: value.map(treeOf) };
  if (typeof value !== "object" || value === null) return raw(JSON.stringify(value));
  return { kind: "object", members: Object.entries(value).map(([name, inner]) => [JSON.stringify(name), treeOf(inner)]) };
}

export function raw(text) {
  return { kind: "raw", text };
}

/** Its text. */
export function written(tree) {
  const space = tree.space ?? "";
  switch (tree.kind) {
    case "object":
      return `{${space}${tree.members.map(([name, inner]) => `${name}${space}:${written(inner)}`).join(`${space},`)}}`;
    case "array":
      return `[${tree.elements.map(written).join(`,${space}`)}${space}]`;
    default:
      return `${tree.text}${space}`;
  }
}

/** Every tree in it, itself first. */
export function all(tree) {
  const inner = tree.kind === "object" ? tree.members.map(([, value]) => value) : (tree.elements ?? []);
  return [tree, ...inner.flatMap(all)];
}

/** The value of an object's member, by its name. */
export function member(tree, name) {
  return tree.members?.find(([spelled]) => JSON.parse(spelled) === name)?.[1];
}

/** Sets a member, or adds it at the end; without a value it goes. */
export function setMember(tree, name, value) {
  if (tree.kind !== "object") return;
  const at = tree.members.findIndex(([spelled]) => JSON.parse(spelled) === name);
  if (value === undefined) tree.members = tree.members.filter(([spelled]) => JSON.parse(spelled) !== name);
  else if (at < 0) tree.members.push([JSON.stringify(name), value]);
  else tree.members[at][1] = value;
}
