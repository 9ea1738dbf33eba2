// Where a function of a Wasm binary comes from, by its name as wasm-bindgen leaves it: demangled, in rustc's old style
// (`a::b::f::h0123456789abcdef`) or its new one (`<a[0123456789abcdef]::b::T>::f`).

const OURS = "atlas";
/** Large enough that one of their modules says more than the crate's name. */
const STANDARD = ["core", "alloc", "std"];

/** The module of a function: in full for this crate, the first one for the standard library, the crate for others. */
export function moduleOf(name) {
  const path = bare(name);
  // What drops a type is code of that type.
  const dropped = /^core::ptr::drop_in_place(?:::)?<(.*)>$/.exec(path)?.[1];
  const modules = (dropped && modulesOf(dropped)) ?? implementorOf(path) ?? modulesOf(path);
  if (modules) return shorten(modules).join("::");
  if (path.startsWith("<")) return "core";
  return /^__(wb|externref)| shim$/.test(name) ? "wasm_bindgen" : "compiler_builtins";
}

/** The path alone. */
function bare(name) {
  return name
    .replace(/(?: \w+)* shim$/, "")
    .replace(/\[\d+\]$/, "")
    .replace(/::h[0-9a-f]{16}$/, "")
    // The hash of a crate.
    .replaceAll(/(?<=\w)\[[0-9a-f]+\]/g, "")
    // An arrow would end a bracket.
    .replaceAll("->", "");
}

/** The modules in `<Type>::f` or `<Type as Trait>::f`: the type's, or the trait's if the type is built in or any. */
function implementorOf(path) {
  if (!path.startsWith("<")) return undefined;
  let as;
  let end = 0;
  let depth = 0;
  do {
    if (path[end] === "<") depth += 1;
    if (path[end] === ">") depth -= 1;
    if (depth === 1 && path.startsWith(" as ", end)) as = end;
    end += 1;
  } while (depth > 0 && end < path.length);
  return modulesOf(path.slice(1, as ?? end - 1)) ?? (as && modulesOf(path.slice(as + " as ".length, end - 1)));
}

/** The modules that a path begins with; `undefined` if there is none. */
function modulesOf(path) {
  const [, names, rest] = /^(?:[&*]|const |mut |dyn )*((?:\w+::)*\w*)(.*)$/.exec(path);
  const segments = names.split("::").filter(Boolean);
  const type = segments.findIndex((segment) => /^[A-Z]/.test(segment));
  // In `a::b::<impl T>::f` all that stand before the bracket are modules; elsewhere the last one is the function.
  const end = type >= 0 ? type : segments.length - (rest.startsWith("<impl ") ? 0 : 1);
  return end > 0 ? segments.slice(0, end) : undefined;
}

function shorten(modules) {
  if (modules[0] === OURS) return modules;
  return modules.slice(0, STANDARD.includes(modules[0]) ? 2 : 1);
}
