// Every row of the contract's table of reasons, provoked for real, and the ways to a hit. A row is played on a store
// that holds version 2, and gives one outcome or a list of them.

const INSTANCE = {
  publicId: "wgt_faq001",
  requestId: "r1",
  widgetType: "content.faq",
  templateId: "faq-classic-light",
  schemaVersion: "2025-09-01",
  plan: "paid",
};

const MANIFEST = "atlas_v1_manifest";
const TEMPLATES = "atlas_v1_widgetTemplates";
const SCHEMAS = "atlas_v1_widgetSchemas";
const PLANS = "atlas_v1_planHints";

/** The keys for tests: `old`, which has signed what is signed here, and two that have not, one of them as PEM. */
const SIGNER = "ezy0j72aw6RofN6V0xWbkiWyTgwM75O_wSjhZm_2kZI";
const OTHER = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAy5tFUX1aes7/5yHpoBgazTrN3fwspXtCc6J+nEO8j9I=\n-----END PUBLIC KEY-----\n";
const STRANGER = "tn+9Nr0QVBJ7tfqonWX9VksKDp31x+DFF3nEJdbuvN4=";

const REFRESH_MS = 10_000;
const BREAKER_MS = 5_000;
const HOUR_MS = 3_600_000;

export const rows = {
  hit: (stage) => stage.reader().lookup(INSTANCE),

  async memo(stage) {
    const reader = stage.reader();
    const cold = reader.peek(INSTANCE) === undefined;
    await reader.lookup(INSTANCE);
    const before = await stage.reads();
    const warm = [reader.peek(INSTANCE), await reader.lookup(INSTANCE)];
    return [cold, ...warm, (await stage.reads()) - before];
  },

  async snapshot_changed(stage) {
    const reader = stage.reader();
    const first = await changing(stage, () => reader.lookup(INSTANCE));
    const within = await reader.lookup(INSTANCE);
    reader.advance(REFRESH_MS);
    return [first, within, await reader.lookup(INSTANCE)];
  },

  async snapshot_changed_behind(stage) {
    const reader = stage.reader({ revalidate: "background" });
    const first = await changing(stage, () => reader.lookup(INSTANCE));
    reader.advance(REFRESH_MS);
    const works = [];
    const atOnce = await reader.lookup(INSTANCE, { waitUntil: (work) => works.push(work) });
    await Promise.all(works);
    return [first, atOnce, works.length, reader.peek(INSTANCE)];
  },

  without_template: (stage) => stage.reader().lookup({ ...INSTANCE, templateId: null }),

  without_plan: (stage) => stage.reader().lookup({ ...INSTANCE, plan: null }),

  plan_unknown: (stage) => stage.reader().lookup({ ...INSTANCE, plan: "none" }),

  async plan_hints_missing(stage) {
    await stage.write({ operation: "delete", key: PLANS });
    return stage.reader().lookup(INSTANCE);
  },

  async plan_hints_corrupt(stage) {
    await stage.faults({ kind: "corrupt", key: PLANS });
    return stage.reader().lookup(INSTANCE);
  },

  not_configured: (stage) => stage.reader({ client: null }).lookup(INSTANCE),

  async timeout(stage) {
    await stage.faults({ kind: "hang", on: "reads" });
    return stage.reader({ timeoutMs: 50 }).lookup(INSTANCE);
  },

  async unavailable_when_stopped(stage) {
    const store = await stage.mortalStore();
    const reader = stage.reader({ client: stage.client(store.url) });
    const before = await reader.lookup(INSTANCE);
    await store.stop();
    const within = await reader.lookup(INSTANCE);
    reader.advance(REFRESH_MS);
    return [before, within, await reader.lookup(INSTANCE)];
  },

  unavailable_when_unauthorized: (stage) => stage.reader({ client: stage.client(undefined, "wrong") }).lookup(INSTANCE),

  async unavailable_when_failing(stage) {
    await stage.faults({ kind: "status", status: 500, on: "reads" });
    return stage.reader().lookup(INSTANCE);
  },

  async unavailable_when_limited(stage) {
    await stage.faults({ kind: "rateLimited", on: "reads" });
    return stage.reader().lookup(INSTANCE);
  },

  async unavailable_when_dropped(stage) {
    await stage.faults({ kind: "drop", on: "reads" });
    return stage.reader().lookup(INSTANCE);
  },

  async breaker_open(stage) {
    await stage.faults({ kind: "status", status: 503, on: "reads" });
    const reader = stage.reader({ logWindowMs: 0 });
    const failed = [];
    for (let read = 0; read < 3; read += 1) failed.push((await reader.lookup(INSTANCE)).reason);
    const before = await stage.reads();
    const open = await reader.lookup(INSTANCE);
    const asked = (await stage.reads()) - before;
    await stage.faults();
    reader.advance(BREAKER_MS);
    return [...failed, open, asked, await reader.lookup(INSTANCE)];
  },

  async key_missing(stage) {
    await stage.write({ operation: "delete", key: SCHEMAS });
    return stage.reader().lookup(INSTANCE);
  },

  async key_missing_manifest(stage) {
    await stage.write({ operation: "delete", key: MANIFEST });
    return stage.reader().lookup(INSTANCE);
  },

  async unsupported_format(stage) {
    const manifest = await stage.stored(MANIFEST);
    await stage.write({ operation: "update", key: MANIFEST, value: { ...manifest, format: 2 } });
    return stage.reader().lookup(INSTANCE);
  },

  async corrupt(stage) {
    await stage.faults({ kind: "corrupt", key: TEMPLATES });
    return stage.reader().lookup(INSTANCE);
  },

  async corrupt_manifest(stage) {
    await stage.faults({ kind: "corrupt", key: MANIFEST });
    return stage.reader().lookup(INSTANCE);
  },

  async corrupt_not_an_envelope(stage) {
    await stage.write({ operation: "update", key: SCHEMAS, value: "text" });
    return stage.reader().lookup(INSTANCE);
  },

  signature_invalid: (stage) => stage.reader({ publicKeys: SIGNER }).lookup(INSTANCE),

  unsigned_of_two: (stage) => stage.reader({ publicKeys: [SIGNER, OTHER], signaturesRequired: 2 }).lookup(INSTANCE),

  /** The right key, alone and beside others; none; and a heartbeat that is signed too. */
  async signed(stage) {
    await stage.hold("signed");
    const reader = stage.reader({ publicKeys: SIGNER });
    const decisions = [await reader.lookup(INSTANCE)];
    for (const publicKeys of [[OTHER, SIGNER, STRANGER], undefined]) {
      decisions.push(await stage.reader({ publicKeys }).lookup(INSTANCE));
    }
    await stage.hold("renewed");
    reader.advance(REFRESH_MS);
    return [...decisions, await reader.lookup(INSTANCE)];
  },

  async signed_by_another(stage) {
    await stage.hold("signed");
    return stage.reader({ publicKeys: [OTHER, STRANGER] }).lookup(INSTANCE);
  },

  async signed_by_one_of_two(stage) {
    await stage.hold("signed");
    return stage.reader({ publicKeys: [SIGNER, OTHER], signaturesRequired: 2 }).lookup(INSTANCE);
  },

  /** A manifest with a signature of another text: without keys it is served. */
  async forged(stage) {
    await stage.hold("forged");
    return [await stage.reader({ publicKeys: SIGNER }).lookup(INSTANCE), await stage.reader().lookup(INSTANCE)];
  },

  /**
   * A warm reader that meets a forgery. No row reads the manifest alone twice: within one render of a page, React answers the
   * same GET from memory.
   */
  async forged_later(stage) {
    await stage.hold("signed");
    const reader = stage.reader({ publicKeys: SIGNER });
    const decisions = [await reader.lookup(INSTANCE)];
    await stage.hold("forged");
    reader.advance(REFRESH_MS);
    decisions.push(await reader.lookup(INSTANCE));
    return decisions;
  },

  /** With the store down, what comes with the deployment answers, if the key has signed it. */
  async embedded(stage) {
    await stage.faults({ kind: "status", status: 503, on: "reads" });
    const decisions = [];
    for (const [name, publicKeys] of [["signed", undefined], ["signed", SIGNER], ["signed", OTHER], ["forged", SIGNER]]) {
      const snapshot = await stage.snapshot(name);
      const reader = stage.reader({ snapshot: () => JSON.stringify(snapshot), publicKeys, revalidate: "background", logWindowMs: 0 });
      const works = [];
      decisions.push(await reader.lookup(INSTANCE, { waitUntil: (work) => works.push(work) }));
      await Promise.all(works);
    }
    return decisions;
  },

  /** A snapshot that is not signed as the keys ask is no floor either: the store is read. */
  async embedded_forged(stage) {
    await stage.hold("signed");
    const snapshot = await stage.snapshot("forged");
    return stage.reader({ snapshot, publicKeys: SIGNER }).lookup(INSTANCE);
  },

  async last_resort(stage) {
    await stage.faults({ kind: "status", status: 503, on: "reads" });
    const snapshot = await stage.snapshot("signed");
    const answers = [];
    for (const publicKeys of [SIGNER, OTHER]) {
      const { atlas } = stage.reader({ snapshot, publicKeys, lastResortMaxAgeMs: HOUR_MS });
      const down = async () => {
        throw new Error("Paris is down");
      };
      const brief = ({ source, reason, template, hints, error }) => [source, reason, template.name, hints, error.message];
      answers.push(await atlas.resolve(INSTANCE, down).then(brief, ({ message }) => message));
    }
    return answers;
  },

  async rollback(stage) {
    const reader = stage.reader();
    const before = await reader.lookup(INSTANCE);
    await stage.restoreOlder();
    reader.advance(REFRESH_MS);
    return [before, await reader.lookup(INSTANCE), await stage.reader().lookup(INSTANCE)];
  },

  async clock_skew(stage) {
    const reader = stage.reader();
    reader.advance(-HOUR_MS);
    return reader.lookup(INSTANCE);
  },

  async expired(stage) {
    const reader = stage.reader();
    reader.advance(14 * HOUR_MS);
    return reader.lookup(INSTANCE);
  },

  record_missing_template: (stage) => stage.reader().lookup({ ...INSTANCE, templateId: "none" }),

  record_missing_type: (stage) => stage.reader().lookup({ ...INSTANCE, widgetType: "content.none" }),

  schema_version_mismatch: (stage) => stage.reader().lookup({ ...INSTANCE, schemaVersion: "2031-01-01" }),

  /** A real trap: Rust panics when a reader is asked while it is being asked, as an item of the store does here. */
  async internal_error(stage) {
    let trapped;
    const client = whenRead(stage.client(), SCHEMAS, () => {
      trapped ??= reader.peek(INSTANCE);
    });
    const reader = stage.reader({ client });
    await reader.lookup(INSTANCE);
    return [trapped, await reader.lookup(INSTANCE)];
  },

  async resolve(stage) {
    const { atlas } = stage.reader();
    const paris = async (request, { signal, headers }) => {
      const response = await fetch(`${stage.control}/paris/${request.publicId}`, { signal, headers });
      return response.json();
    };
    const hit = await atlas.resolve(INSTANCE, paris);
    const { reason, value } = await atlas.resolve({ ...INSTANCE, widgetType: "content.none" }, paris);
    return [hit.source, hit.version, reason, value];
  },

  async resolve_out_of_budget(stage) {
    const { atlas } = stage.reader({ client: null, budgetMs: 50 });
    const hung = (_, { signal }) => fetch(`${stage.control}/hung`, { signal });
    return atlas.resolve(INSTANCE, hung).then(() => "answered", (error) => error.name);
  },

  async verify_snapshot(stage) {
    const { verifySnapshot } = stage.atlas;
    const whole = verifySnapshot(await stage.client().getAll());
    await stage.faults({ kind: "corrupt", key: PLANS });
    const damaged = verifySnapshot(await stage.client().getAll());
    const bad = damaged.entries.filter(({ status }) => status === "failed").map(({ key, reason }) => [key, reason]);
    return [whole.verified, whole.version, damaged.verified, bad];
  },

  registry({ atlas: { KEYS, storedKey, createAtlas, AtlasError } }) {
    const code = (run) => {
      try {
        return run();
      } catch (error) {
        return error instanceof AtlasError ? error.code : `${error}`;
      }
    };
    return [KEYS.map((key) => storedKey(key)), code(() => storedKey("none")), code(() => createAtlas({ timeoutMs: 0 }))];
  },

  async health(stage) {
    const { atlas } = stage.reader();
    const before = atlas.health().status;
    await atlas.lookup(INSTANCE);
    await atlas.lookup({ ...INSTANCE, plan: null, widgetType: "content.none" });
    const { status, version, lookups, hitRate, fallbacks } = atlas.health();
    return [before, status, version, lookups, hitRate, fallbacks];
  },

  async stats(stage) {
    const { atlas } = stage.reader();
    await atlas.lookup(INSTANCE);
    const { headers } = await atlas.lookup({ ...INSTANCE, plan: null, widgetType: "content.none" });
    return [headers["Atlas-Stats"], atlas.takeStats(), atlas.takeStats()];
  },
};

/** Runs `before` while the store holds version 1, and gives what that gave; then the store holds version 2 again. */
async function changing(stage, before) {
  const keys = [MANIFEST, TEMPLATES];
  const newer = await Promise.all(keys.map((key) => stage.stored(key)));
  await stage.restoreOlder();
  const given = await before();
  await stage.write(...keys.map((key, at) => ({ operation: "update", key, value: newer[at] })));
  return given;
}

/** The same client, whose item under `key` calls `hook` whenever a member is read: also when a hit is made of it. */
function whenRead(client, key, hook) {
  const member = (value) => ({ enumerable: true, get: () => (hook(), value) });
  const hooked = (item) => {
    const members = Object.entries(item).map(([name, value]) => [name, member(value)]);
    return Object.defineProperties({}, Object.fromEntries(members));
  };
  return {
    async getAll(keys) {
      const items = await client.getAll(keys);
      return { ...items, [key]: hooked(items[key]) };
    },
  };
}
