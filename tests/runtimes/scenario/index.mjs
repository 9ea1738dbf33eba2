// The scenarios that every runtime runs, inside itself: plain JavaScript over what every runtime has (fetch, URL,
// timers), with the installed package and the real SDK handed in. It gives decisions as JSON; what they have to be
// stands in expected.mjs, and is the same everywhere.
import { rows } from "./rows.mjs";
import { openStage } from "./stage.mjs";

/** Plays every row with each SDK: `{ "<sdk>": { "<row>": outcome } }`. A row that throws says so in its place. */
export async function play({ atlas, sdks, control }) {
  const tables = {};
  for (const [name, createClient] of Object.entries(sdks)) tables[name] = await table({ atlas, createClient, control });
  return tables;
}

async function table(setting) {
  const stage = await openStage(setting);
  const outcomes = {};
  try {
    for (const [name, row] of Object.entries(rows)) {
      outcomes[name] = await Promise.resolve(row(stage)).catch((error) => ({ threw: `${error?.stack ?? error}` }));
      await stage.clear();
    }
  } finally {
    await stage.close();
  }
  return outcomes;
}
