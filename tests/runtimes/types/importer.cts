// A CommonJS importer: `require` in TypeScript's own form, and the form that compiles to it.
import atlasPackage = require("@clickeen/atlas");
import { createAtlas, type Decision } from "@clickeen/atlas";

const atlas = createAtlas({ client: null });

export const decision: Promise<Decision> = atlas.lookup({ widgetType: "content.faq" });
export const keys: readonly atlasPackage.AtlasKey[] = atlasPackage.KEYS;

// @ts-expect-error: there is no default export
atlasPackage.default;
