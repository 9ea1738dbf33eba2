// Everything on one machine: sets up what is missing, builds, publishes Michael's rows to a local store, and runs the
// store with its inspector, Paris and Venice until Ctrl-C.
//
//   node scripts/start.mjs [--port-base N]      or ATLAS_PORT_BASE; default 4600: the store there, Paris at +20,
//                                               Venice at +30
import { join, relative } from "node:path";
import { parseArgs } from "node:util";

import { buildInspector, buildNative, buildPackage, buildVenice } from "./lib/builds.mjs";
import { stopAll } from "./lib/children.mjs";
import { ATLAS_SYNC, MICHAEL, ROOT, STATE } from "./lib/paths.mjs";
import { isFree } from "./lib/ports.mjs";
import { step } from "./lib/progress.mjs";
import { startParis, startStore, startVenice, sync } from "./lib/servers.mjs";
import { NEEDS, setUp } from "./lib/setup.mjs";

const state = join(STATE, "store.json");
const colours = { store: 36, paris: 33, venice: 35 };

try {
  await main(portBase());
} catch (error) {
  console.error(`\nstart: ${error.message}`);
  await stopAll();
  process.exit(1);
}

async function main(base) {
  const ports = { store: base, paris: base + 20, venice: base + 30 };
  await refusePortsInUse(ports);
  const problems = await setUp(NEEDS.start);
  if (problems.length > 0) throw new Error(`not all that is needed is there:\n\n${problems.join("\n\n")}`);
  await step("atlas-sync", buildNative);
  await step("@clickeen/atlas in pkg/", buildPackage);
  await step("the inspector in www/dist", buildInspector);
  await step("Venice", buildVenice);
  await step("Michael's rows to the local store", async () => {
    const { outcome, version } = await sync({ rows: MICHAEL, state });
    return `${outcome}, version ${version}`;
  });

  const onLine = (name) => (line) => console.log(`${prefix(name)} ${line}`);
  const store = await startStore({ port: ports.store, state, onLine: onLine("store") });
  const paris = await startParis({ port: ports.paris, rows: MICHAEL, onLine: onLine("paris") });
  const venice = await startVenice({
    port: ports.venice, storeUrl: store.url, parisUrl: paris.url, onLine: onLine("venice"),
  });
  const servers = { store, paris, venice };
  tellWhatToTry(servers);
  await Promise.all(
    Object.entries(servers).map(async ([name, { ended }]) => console.log(`${prefix(name)} ended with ${await ended}`)),
  );
}

function portBase() {
  const { values } = parseArgs({ options: { "port-base": { type: "string" } } });
  const text = values["port-base"] ?? process.env.ATLAS_PORT_BASE ?? "4600";
  const base = Number(text);
  if (/^\d{1,5}$/.test(text) && base > 0 && base + 30 < 65_536) return base;
  console.error(`start: --port-base: expected a port from 1 to 65505, found ${text}`);
  process.exit(2);
}

/** Told before anything is built, not after. */
async function refusePortsInUse(ports) {
  for (const [name, port] of Object.entries(ports)) {
    if (await isFree(port)) continue;
    throw new Error(`port ${port}, for ${name}, is in use by another program: end it, or choose others with\n  npm start -- --port-base 5600`);
  }
}

function prefix(name) {
  const padded = name.padEnd(6);
  return process.stdout.isTTY ? `\x1b[${colours[name]}m${padded}\x1b[0m │` : `${padded} |`;
}

function tellWhatToTry({ store, paris, venice }) {
  const binary = relative(ROOT, ATLAS_SYNC);
  const file = relative(ROOT, state);
  const rows = relative(ROOT, MICHAEL);
  console.log(`
  Store   ${store.url}   the local Edge Config, ecfg_local
  Inspect ${store.url}/inspector   what the store holds, and what Venice makes of it
  Paris   ${paris.url}   the authority, slow on purpose; what it was asked: ${paris.url}/_log
  Venice  ${venice.url}   the edge renderer

  Ask for a widget, and see where its data came from:
    curl -i ${venice.url}/e/wgt_faq001

  Then try
    a schema version that no snapshot has, and the hint that Paris gets:
      curl -i ${venice.url}/e/wgt_next001
    a changed row: edit ${rows}/widget_templates.json, then sync; within 10 s it is version=2:
      ${binary} sync --source file:${rows} --store file:${file}
    an outage: stop the store, ask again after 10 s, and see one log line and no error:
      kill ${store.pid}
    and its end:
      ${binary} dev --no-sync --state ${file} --listen ${new URL(store.url).host}

  Ctrl-C ends all three.
`);
}
