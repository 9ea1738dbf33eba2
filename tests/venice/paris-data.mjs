// What the small Paris knows: Michael's rows, read again for each question so that a changed row shows at once, and a
// handful of widget instances. Paris is the authority, so it answers for every instance, also where Atlas cannot.
import { readFile } from "node:fs/promises";
import { join } from "node:path";

const SCHEMA_VERSION = "2025-09-01";

/** @param {Record<string, unknown>} given */
function instance(given) {
  return {
    status: "published",
    schemaVersion: SCHEMA_VERSION,
    plan: "free",
    config: {},
    branding: { hide: false, enforced: given.plan !== "paid" },
    updatedAt: "2026-11-20T09:30:00.000Z",
    ...given,
  };
}

/** One instance of each type, then one too large for a header, and three that Atlas cannot, or only partly, serve. */
const INSTANCES = [
  instance({
    publicId: "wgt_faq001",
    widgetType: "content.faq",
    templateId: "faq-classic-light",
    config: { items: [{ question: "Is <b>this</b> escaped?", answer: "Yes: \"quotes\" & <script>alert(1)</script> too." }] },
  }),
  instance({
    publicId: "wgt_ann001",
    widgetType: "engagement.announcement",
    templateId: "announcement-classic-light",
    plan: "paid",
    branding: { hide: true, enforced: false },
    config: { link: "https://example.com/sale?a=1&b=2" },
  }),
  instance({ publicId: "wgt_news001", widgetType: "engagement.newsletter", templateId: "newsletter-classic-light" }),
  instance({
    publicId: "wgt_form001",
    widgetType: "forms.contact",
    templateId: "classic-light",
    config: { fields: { message: false } },
  }),
  instance({ publicId: "wgt_proof001", widgetType: "social.proof", templateId: "social-proof-classic-light", plan: "paid" }),
  instance({
    publicId: "wgt_testi001",
    widgetType: "social.testimonials",
    templateId: "testimonials-classic-light",
    // A free plan cannot hide the backlink.
    branding: { hide: true, enforced: true },
    config: { items: [{ quote: "It just works.", author: "Ada", role: "Engineer" }] },
  }),
  instance({
    publicId: "wgt_long001",
    widgetType: "content.faq",
    templateId: "faq-classic-light",
    config: {
      items: Array.from({ length: 20 }, (_, index) => ({
        question: `Question ${index + 1}?`,
        answer: "A long answer, so long that the instance does not fit into a header. ".repeat(8),
      })),
    },
  }),
  // Its schema version is not in Michael, and so in no snapshot.
  instance({
    publicId: "wgt_next001",
    widgetType: "content.faq",
    templateId: "faq-classic-light",
    schemaVersion: "2026-01-15",
  }),
  instance({ publicId: "wgt_bare001", widgetType: "social.proof", templateId: null }),
  instance({ publicId: "wgt_old001", widgetType: null, templateId: "newsletter-classic-light" }),
];

/** The public ids of all instances. */
export const PUBLIC_IDS = INSTANCES.map(({ publicId }) => publicId);

/** The instance of this id, or `undefined`. */
export function findInstance(publicId) {
  return INSTANCES.find((one) => one.publicId === publicId);
}

/** Reads Michael's rows from a directory, one file a table. */
export function openRows(directory) {
  const table = async (name) => JSON.parse(await readFile(join(directory, `${name}.json`), "utf8"));

  /** The instance with its template, schema and plan hints, in the shapes of the snapshot; or `undefined`. */
  async function findWidget(publicId) {
    const found = findInstance(publicId);
    if (!found) return undefined;
    const [templates, schemas, features, limits] = await Promise.all(
      ["widget_templates", "widget_schemas", "plan_features", "plan_limits"].map(table),
    );
    const row = templates.find((one) => one.template_id === found.templateId);
    const widgetType = found.widgetType ?? row?.widget_type;
    const schema = schemas.find(
      (one) => one.widget_type === widgetType && one.schema_version === found.schemaVersion,
    );
    return {
      instance: found,
      template: row ? templateOf(row) : null,
      schema: schema?.schema ?? null,
      hints: hintsOf(found.plan, features, limits),
    };
  }

  return { findWidget };
}

function templateOf(row) {
  return {
    widgetType: row.widget_type,
    name: row.name,
    layout: row.layout,
    skin: row.skin,
    density: row.density,
    accents: row.accents ?? [],
    premium: row.premium ?? false,
    schemaVersion: row.schema_version,
    defaults: row.defaults ?? {},
    descriptor: row.descriptor ?? {},
  };
}

function hintsOf(plan, features, limits) {
  const enabled = features
    .filter((row) => row.plan_id === plan)
    .map((row) => [camelCase(row.feature_key), row.enabled === true]);
  const limited = limits
    .filter((row) => row.plan_id === plan)
    .map((row) => [
      camelCase(row.limit_type),
      { limit: row.limit_value, enforcement: row.enforcement, grace: row.grace_amount },
    ]);
  const named = Object.fromEntries(enabled);
  return {
    branding: { enforced: named.brandingRemovable !== true },
    features: named,
    limits: Object.fromEntries(limited),
  };
}

function camelCase(name) {
  return name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
}
