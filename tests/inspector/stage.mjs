// The real page, served by the real binary, in a real headless Chromium: what each test of the inspector begins with.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

import { ATLAS_SYNC, MICHAEL, ROOT, environment } from "../../scripts/lib/paths.mjs";
import { run } from "../../scripts/lib/run.mjs";
import { until } from "../../scripts/lib/until.mjs";

const FLAGS = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];
const WRITE = { authorization: "Bearer local-write" };

/** Long enough for a busy machine; nothing waits for it that is quick. */
export const PATIENCE_MS = 30_000;

export { ROOT, run, until };

export function launch() {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  return chromium.launch({ executablePath, args: ["--no-sandbox", ...FLAGS] });
}

/** A local store with a state file of its own, that serves the inspector. */
export class Stage {
  static async start({ rows = MICHAEL } = {}) {
    const directory = await mkdtemp(join(tmpdir(), "atlas-inspector-"));
    const stage = new Stage(directory);
    if (rows) await stage.sync(rows);
    await stage.serve("127.0.0.1:0");
    return stage;
  }

  constructor(directory) {
    this.directory = directory;
    this.state = join(directory, "store.json");
  }

  /** Begins to serve; on the same address again after a stop. */
  async serve(listen = this.address) {
    const args = ["dev", "--no-sync", "--state", this.state, "--listen", listen];
    const child = spawn(ATLAS_SYNC, args, { cwd: this.directory, env: environment(), stdio: ["ignore", "pipe", "ignore"] });
    const ended = once(child, "exit");
    const [line] = await Promise.race([
      once(createInterface({ input: child.stdout }), "line"),
      ended.then(([code]) => Promise.reject(new Error(`atlas-sync dev ended with ${code} before it listened`))),
    ]);
    this.url = /^listening on (http:\/\/\S+)$/.exec(line)?.[1];
    assert.ok(this.url, line);
    this.address = new URL(this.url).host;
    this.stop = async () => {
      child.kill("SIGTERM");
      await ended;
    };
  }

  async end() {
    await this.stop();
    await rm(this.directory, { recursive: true });
  }

  /** Publishes rows, and gives the report. */
  async sync(rows = MICHAEL, ...more) {
    return JSON.parse(await run(ATLAS_SYNC, ["sync", "--json", "--source", `file:${rows}`, "--store", `file:${this.state}`, ...more]));
  }

  /** Runs another command on the store, such as `restore`, and gives its report. */
  async ask(command, ...more) {
    return JSON.parse(await run(ATLAS_SYNC, [command, "--json", "--store", `file:${this.state}`, ...more]));
  }

  /** Publishes Michael's rows after a change to them. */
  async syncChanged(table, change) {
    const rows = await mkdtemp(join(this.directory, "rows-"));
    for (const name of ["widget_templates", "widget_schemas", "plan_features", "plan_limits"]) {
      const list = JSON.parse(await readFile(join(MICHAEL, `${name}.json`), "utf8"));
      if (name === table) change(list);
      await writeFile(join(rows, `${name}.json`), JSON.stringify(list));
    }
    return this.sync(rows, "--allow-shrink");
  }

  /** What the store holds, as the read API gives it. */
  async items() {
    const response = await fetch(`${this.url}/ecfg_local/items?version=1&token=local`);
    return response.json();
  }

  /** The latest backup, as the management API gives it. */
  async backup() {
    const api = `${this.url}/v1/edge-config/ecfg_local/backups`;
    const { backups } = await (await fetch(api, { headers: WRITE })).json();
    return (await fetch(`${api}/${backups[0].id}`, { headers: WRITE })).json();
  }

  /** What `atlas-sync export` writes into a file with this name. */
  async exported(name) {
    const path = join(this.directory, name);
    await run(ATLAS_SYNC, ["export", "--store", `file:${this.state}`, "--out", path]);
    return readFile(path, "utf8");
  }

  /** Replaces everything that the store holds. */
  async replace(items) {
    const before = Object.keys(await this.items()).filter((key) => !Object.hasOwn(items, key));
    const deletes = before.map((key) => ({ operation: "delete", key }));
    const upserts = Object.entries(items).map(([key, value]) => ({ operation: "upsert", key, value }));
    if (deletes.length + upserts.length === 0) return;
    await this.#request("PATCH", "/v1/edge-config/ecfg_local/items", { items: [...deletes, ...upserts] });
  }

  async faults(...faults) {
    await this.#request("PUT", "/_atlas/faults", { faults });
  }

  async #request(method, path, body) {
    const response = await fetch(this.url + path, { method, headers: WRITE, body: JSON.stringify(body) });
    assert.equal(response.status, 200, await response.text());
  }
}

/** A tab on the inspector, which collects whatever goes wrong in it. `init` runs in the page before its own scripts. */
export async function open(browser, stage, { view = "overview", theme = "light", width = 1200, height = 800, init = () => {} } = {}) {
  const context = await browser.newContext({ colorScheme: theme, viewport: { width, height }, reducedMotion: "reduce" });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await page.addInitScript(init);
  page.problems = [];
  page.on("pageerror", (error) => page.problems.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => (page.problems.push(`dialog: ${dialog.message()}`), dialog.dismiss()));
  page.on("console", (message) => /Content.Security.Policy|violat/i.test(message.text()) && page.problems.push(message.text()));
  page.on("request", (request) => request.url().startsWith(stage.url) || page.problems.push(`asked ${request.url()}`));
  await page.goto(`${stage.url}/inspector#/${view}`);
  return page;
}

/** Opens a text as a file, and waits until the page shows it: until then, whatever the page says is of what it showed before. */
export async function openFile(page, name, text) {
  await handFile(page, name, text);
  await page.getByLabel("Looking at").locator("option:checked", { hasText: name }).waitFor({ state: "attached" });
}

/** Hands a text to the page as a file that somebody opens; the page may refuse it. */
export async function handFile(page, name, text) {
  const buffer = Buffer.isBuffer(text) ? text : Buffer.from(text);
  await page.locator("input[type=file]").setInputFiles({ name, mimeType: "application/json", buffer });
}

/** Waits until the focus is on what has this text or, having none, this type or this tag: the page moves it after it has painted. */
export async function untilFocused(page, expected) {
  let last;
  const is = (found) => (expected instanceof RegExp ? expected.test(found) : found === expected);
  const check = async () => {
    last = await page.evaluate(() => {
      const { activeElement } = document;
      // Where nothing has the focus the body has it, with every text of the page.
      const text = activeElement === document.body ? "" : activeElement.textContent;
      return text || activeElement.getAttribute("type") || activeElement.tagName;
    });
    return is(last);
  };
  await until(`focus on ${expected}`, check, PATIENCE_MS).catch((error) => assert.fail(`${error.message}; the last was on ${last}`));
}

/** Waits until the verdict says so, and gives all that it says then. */
export async function untilVerdict(page, expected) {
  const verdict = page.getByRole("region", { name: "Verdict" });
  const says = (words) => (expected instanceof RegExp ? expected.test(words) : words.includes(expected));
  let last = "";
  const check = async () => {
    last = await verdict.innerText({ timeout: 1_000 }).catch(() => last);
    return says(last) && last;
  };
  return until(`verdict ${expected}`, check, PATIENCE_MS).catch((error) => assert.fail(`${error.message}; the last was\n${last}`));
}

/** Pastes a text where the focus is. */
export function paste(page, text) {
  return page.evaluate((text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
  }, text);
}
