import type { AtlasHit } from "@clickeen/atlas";

/** What Paris keeps of a widget itself. */
interface Instance {
  readonly config: Readonly<Record<string, unknown>>;
  readonly branding: { readonly hide: boolean };
}

/** What a widget's HTML is made of. The hit is frozen, and shared by all requests: spread it, never change it. */
export function view({ config, branding }: Instance, { template, hints }: AtlasHit) {
  return {
    // An instance may have no template, and a template no layout, or one that only a later writer knows.
    columns: template?.layout === "GRID" ? 3 : 1,
    settings: { ...template?.defaults, ...config },
    // The backlink goes only if the instance hides it and the plan allows that; in doubt it stays.
    showsBacklink: hints.branding.enforced || !branding.hide,
    // A feature that is not named is off.
    isPremium: hints.features["premiumTemplates"] ?? false,
  };
}
