// Widget instances, and on a fallback all that Atlas would have given for one, in the shapes of the snapshot. Paris is the
// authority, so it answers for every instance, also where Atlas cannot.
import { query } from "./database";

/** A widget instance, as Paris serves it. */
export interface Instance {
  readonly publicId: string;
  readonly status: string;
  readonly widgetType: string | null;
  readonly templateId: string | null;
  readonly schemaVersion: string | null;
  readonly plan: string | null;
  readonly config: object;
  readonly branding: { readonly hide: boolean; readonly enforced: boolean };
  readonly updatedAt: string;
}

const INSTANCE = `
  select public_id as "publicId", status, widget_type as "widgetType", template_id as "templateId",
         schema_version as "schemaVersion", plan_id as plan, config, branding, updated_at as "updatedAt"
    from widget_instances where public_id = $1`;

const TEMPLATE = `
  select widget_type as "widgetType", name, layout, skin, density, coalesce(accents, '{}') as accents,
         coalesce(premium, false) as premium, schema_version as "schemaVersion",
         coalesce(defaults, '{}') as defaults, descriptor
    from widget_templates where template_id = $1`;

const SCHEMA = "select schema from widget_schemas where widget_type = $1 and schema_version = $2";
const FEATURES = "select feature_key as name, enabled from plan_features where plan_id = $1";
const LIMITS = `
  select limit_type as name, limit_value as limit, enforcement, grace_amount as grace from plan_limits where plan_id = $1`;

/** The instance, or `null` if there is none of that id. */
export async function findInstance(publicId: string): Promise<Instance | null> {
  const [found] = await query<Instance>(INSTANCE, [publicId]);
  return found ?? null;
}

/** The instance with its template, schema and plan hints, or `null` if there is none of that id. */
export async function findWidget(publicId: string) {
  const instance = await findInstance(publicId);
  if (instance === null) return null;
  const [[template], hints] = await Promise.all([
    query<{ widgetType: string }>(TEMPLATE, [instance.templateId]),
    hintsOf(instance.plan),
  ]);
  const widgetType = instance.widgetType ?? template?.widgetType ?? null;
  const [found] = await query<{ schema: object }>(SCHEMA, [widgetType, instance.schemaVersion]);
  return { instance, template: template ?? null, schema: found?.schema ?? null, hints };
}

/** What a plan allows. Branding is enforced unless the plan says that it can be removed. */
async function hintsOf(plan: string | null) {
  const [features, limits] = await Promise.all([
    query<{ name: string; enabled: boolean }>(FEATURES, [plan]),
    query<{ name: string }>(LIMITS, [plan]),
  ]);
  const named = Object.fromEntries(features.map(({ name, enabled }) => [camelCase(name), enabled]));
  return {
    branding: { enforced: named["brandingRemovable"] !== true },
    features: named,
    limits: Object.fromEntries(limits.map(({ name, ...limit }) => [camelCase(name), limit])),
  };
}

/** Both spellings of a key occur in Michael; what is served has one. */
function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
