// The explorer in a Node process of its own, since it takes the place of the process's timers. What it is to do is its
// argument, as JSON; what came of it is printed as JSON. `package` is the folder of the package, pkg/ by default.
import { createContext, runInContext } from "node:vm";
import { pathToFileURL } from "node:url";
import { join } from "node:path";

import { ROOT } from "../../scripts/lib/paths.mjs";
import { explore } from "./explore.mjs";
import { prepare } from "./snapshots.mjs";

const { package: folder = join(ROOT, "pkg"), ...plan } = JSON.parse(process.argv[2] ?? "{}");
const load = (name) => import(pathToFileURL(join(folder, name)).href);
const glue = await load("lib/glue.js");
const [{ atlasOver }, { NODE }, { Wasm }, { verifier }] = await Promise.all(["lib/atlas.js", "lib/runtime.js", "lib/wasm.js", "lib/verify.js"].map(load));
const [{ host }, { Item }] = [await load("lib/host.js"), await load("lib/items.js")];
// As the entries make it; the instance is at hand, so that a schedule can begin cold.
const wasm = new Wasm({ ...glue, verify: glue.verifySnapshot });
const atlas = { createAtlas: atlasOver(wasm, NODE), verifySnapshot: verifier(wasm), wasm };

const unhandled = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));
const parseElsewhere = runInContext("JSON.parse", createContext());
const foreign = (value) => parseElsewhere(JSON.stringify(value));
const { setImmediate } = globalThis;
const breathe = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

const began = process.hrtime.bigint();
const result = await explore({ atlas, host, Item, given: prepare(), foreign, unhandled, breathe }, plan);
const seconds = Number(process.hrtime.bigint() - began) / 1e9;
console.log(JSON.stringify({ ...result, seconds }));
