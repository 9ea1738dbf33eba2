// A build that embeds the snapshot: the app's own build command, with the real `atlas-sync` on the path and a store that
// holds what is published. Then the store is gone, and the app answers.
import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

import { ATLAS_SYNC, MICHAEL, environment } from "../../../scripts/lib/paths.mjs";
import { attempt, run } from "../../../scripts/lib/run.mjs";
import { sync } from "../../../scripts/lib/servers.mjs";

const NAME = "FAQ Classic Light";
const QUERY = new URLSearchParams({ widgetType: "content.faq", templateId: "faq-classic-light", schemaVersion: "2025-09-01", plan: "free" });

/** A connection string on which nothing listens. */
export const NO_STORE = { ATLAS_EDGE_CONFIG: "http://127.0.0.1:1/ecfg_none?token=none", WRANGLER_SEND_METRICS: "false", CI: "1" };

/** What is published, in a store that is only a file. */
export class Published {
  static async start(t) {
    const folder = await mkdtemp(join(tmpdir(), "atlas-embedded-"));
    t.after(() => rm(folder, { recursive: true }));
    const published = new Published(folder);
    await cp(MICHAEL, published.rows, { recursive: true });
    await published.publish(NAME);
    return published;
  }

  constructor(folder) {
    this.rows = join(folder, "rows");
    this.state = join(folder, "store.json");
  }

  /** Publishes Michael's rows with another name for the template. */
  async publish(name) {
    const templates = join(this.rows, "widget_templates.json");
    const text = await readFile(templates, "utf8");
    await writeFile(templates, text.replace(`"${this.name ?? NAME}"`, JSON.stringify(name)));
    this.name = name;
    const { version } = await sync(this);
    this.version = version;
  }

  /** The environment of a build. */
  env() {
    const env = environment({ ...NO_STORE, ATLAS_STORE: `file:${this.state}`, ATLAS_LOG: "off" });
    return { ...env, PATH: [dirname(ATLAS_SYNC), env.PATH].join(delimiter) };
  }

  /** Builds an app with its own command. */
  build(cwd, [command, ...args] = ["npm", "run", "build"]) {
    return run(command, args, { cwd, env: this.env() });
  }

  /** What that command ends with where the store holds no snapshot, and all that it prints. */
  async buildWithout(cwd, [command, ...args] = ["npm", "run", "build"]) {
    return attempt(command, args, { cwd, env: { ...this.env(), ATLAS_STORE: `file:${this.state}.none` } });
  }

  /** Asks an app that has just started, and then again: both answers are what was published. */
  async assertServed(url) {
    for (let request = 0; request < 2; request += 1) {
      const response = await fetch(`${url}?${QUERY}`);
      const text = await response.text();
      assert.equal(response.status, 200, text);
      const { source, version, template, reason } = JSON.parse(text);
      assert.deepEqual([source, reason, version, template?.name], ["atlas", undefined, this.version, this.name]);
    }
  }
}
