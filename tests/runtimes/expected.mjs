// What every runtime must decide in every row of the scenarios: one table, written from the contract.

const FAIL_CLOSED = { branding: { enforced: true }, features: {}, limits: {} };

const PAID = {
  branding: { enforced: false },
  features: { brandingRemovable: true, premiumTemplates: true },
  limits: { maxWidgets: { limit: 100, enforcement: "soft", grace: 10 } },
};

const HIT = {
  source: "atlas",
  version: 2,
  template: "FAQ, second edition",
  schema: ["items", "title"],
  hints: PAID,
};

const OLDER_HIT = { ...HIT, version: 1, template: "FAQ Classic Light" };

const MANIFEST = "atlas:v1:manifest";
const TEMPLATES = "atlas:v1:widgetTemplates";
const SCHEMAS = "atlas:v1:widgetSchemas";
const PLANS = "atlas:v1:planHints";

const UNSIGNED = miss("signature_invalid", "error atlas_corrupt", MANIFEST);
const EMBEDDED_HIT = { ...HIT, logged: ["info atlas_embedded"] };
/** The embedded snapshot is refused, and the store cannot be read. */
const UNAVAILABLE = miss("unavailable", "warn atlas_unavailable");
const NOT_EMBEDDED = { ...UNAVAILABLE, logged: [...UNSIGNED.logged, ...UNAVAILABLE.logged] };

export const EXPECTED = {
  hit: HIT,
  memo: [true, HIT, HIT, 0],
  snapshot_changed: [OLDER_HIT, OLDER_HIT, HIT],
  snapshot_changed_behind: [OLDER_HIT, OLDER_HIT, 1, HIT],
  without_template: { ...HIT, template: null },
  without_plan: { ...HIT, hints: FAIL_CLOSED },
  plan_unknown: warned("plan_missing"),
  plan_hints_missing: warned("plan_hints_missing"),
  plan_hints_corrupt: warned("plan_hints_corrupt"),

  not_configured: miss("not_configured", "warn atlas_unavailable"),
  timeout: miss("timeout", "warn atlas_unavailable"),
  unavailable_when_stopped: [HIT, HIT, miss("unavailable", "warn atlas_unavailable")],
  unavailable_when_unauthorized: miss("unavailable", "warn atlas_unavailable"),
  unavailable_when_failing: miss("unavailable", "warn atlas_unavailable"),
  unavailable_when_limited: miss("unavailable", "warn atlas_unavailable"),
  unavailable_when_dropped: miss("unavailable", "warn atlas_unavailable"),
  breaker_open: [
    "unavailable", "unavailable", "unavailable", miss("breaker_open", "warn atlas_unavailable"), 0,
    { ...HIT, logged: ["info atlas_recovered"] },
  ],
  key_missing: hinted("key_missing", "warn atlas_key_missing", SCHEMAS),
  key_missing_manifest: hinted("key_missing", "warn atlas_key_missing", MANIFEST),
  unsupported_format: miss("unsupported_format", "error atlas_corrupt", MANIFEST),
  corrupt: hinted("corrupt", "error atlas_corrupt", TEMPLATES),
  corrupt_manifest: hinted("corrupt", "error atlas_corrupt", MANIFEST),
  corrupt_not_an_envelope: hinted("corrupt", "error atlas_corrupt", SCHEMAS),
  signature_invalid: UNSIGNED,
  unsigned_of_two: UNSIGNED,
  signed: [HIT, HIT, HIT, HIT],
  signed_by_another: UNSIGNED,
  signed_by_one_of_two: UNSIGNED,
  forged: [UNSIGNED, HIT],
  forged_later: [HIT, UNSIGNED],
  embedded: [EMBEDDED_HIT, EMBEDDED_HIT, NOT_EMBEDDED, NOT_EMBEDDED],
  embedded_forged: { ...HIT, logged: UNSIGNED.logged },
  last_resort: [
    ["last_resort", "unavailable", "FAQ, second edition", FAIL_CLOSED, "Paris is down"],
    "Paris is down",
  ],
  rollback: [HIT, hinted("rollback", "error atlas_rollback", MANIFEST), OLDER_HIT],
  clock_skew: miss("clock_skew", "warn atlas_stale", MANIFEST),
  expired: hinted("expired", "warn atlas_stale", MANIFEST),
  record_missing_template: hinted("record_missing", "warn atlas_stale", TEMPLATES),
  record_missing_type: hinted("record_missing", "warn atlas_stale", SCHEMAS),
  schema_version_mismatch: hinted("schema_version_mismatch", "warn atlas_stale", SCHEMAS),
  internal_error: [miss("internal_error", "error atlas_internal_error"), HIT],

  resolve: ["atlas", 2, "record_missing", { from: "Paris", publicId: "wgt_faq001", hint: "reason=record_missing" }],
  resolve_out_of_budget: "TimeoutError",
  verify_snapshot: [true, 2, false, [[PLANS, "corrupt"]]],
  registry: [
    ["atlas_v1_manifest", "atlas_v1_planHints", "atlas_v1_widgetSchemas", "atlas_v1_widgetTemplates"],
    "ATLAS_UNKNOWN_KEY", "ATLAS_BAD_OPTION",
  ],
  health: ["error", "degraded", 2, 2, 0.5, { record_missing: 1 }],
  stats: [
    "hits=1, record_missing=1",
    { lookups: 2, hits: 1, fallbacks: { record_missing: 1 } },
    { lookups: 0, hits: 0, fallbacks: {} },
  ],
};

/** A reason that has been logged already. */
const { logged: _, ...UNSIGNED_STILL } = UNSIGNED;

/**
 * Where WebCrypto has no Ed25519: with public keys nothing is served, whoever has signed it, and a snapshot that is embedded
 * neither. Without public keys all is as elsewhere.
 */
export const WITHOUT_ED25519 = {
  ...EXPECTED,
  signed: [UNSIGNED, UNSIGNED, HIT, UNSIGNED_STILL],
  forged_later: [UNSIGNED, UNSIGNED_STILL],
  embedded: [EMBEDDED_HIT, NOT_EMBEDDED, NOT_EMBEDDED, NOT_EMBEDDED],
  embedded_forged: UNSIGNED,
  last_resort: ["Paris is down", "Paris is down"],
};

/** Where no Wasm can be compiled. The event is logged once, and the rest of them suppressed. */
export const FORBIDDEN = {
  compiles: false,
  keys: ["atlas_v1_manifest", "atlas_v1_planHints", "atlas_v1_widgetSchemas", "atlas_v1_widgetTemplates"],
  lookups: Array(3).fill({ source: "paris", reason: "internal_error", hints: FAIL_CLOSED, refreshHint: false }),
  peeked: "internal_error",
  resolved: ["internal_error", ["from Paris", "internal_error"]],
  health: { status: "error", version: null, hitRate: 0, fallbacks: { internal_error: 5 } },
  logged: ["error atlas_internal_error internal_error 0"],
  stats: { lookups: 5, hits: 0, fallbacks: { internal_error: 5 } },
};

/** A fallback that no sync would help: no hint for Paris. */
function miss(reason, log, key) {
  const logged = [[log, reason, key].filter(Boolean).join(" ")];
  return { source: "paris", reason, refreshHint: false, hints: FAIL_CLOSED, logged };
}

/** A fallback that a sync would help. */
function hinted(reason, log, key) {
  return { ...miss(reason, log, key), refreshHint: true, hinted: `reason=${reason}` };
}

/** A hit whose plan hints are in doubt. */
function warned(code) {
  return { ...HIT, hints: FAIL_CLOSED, warnings: [code], logged: [`warn atlas_hints_unavailable ${code} ${PLANS}`] };
}
