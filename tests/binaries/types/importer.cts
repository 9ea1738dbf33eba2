// A CommonJS importer: `require` in TypeScript's own form, and the form that compiles to it.
import atlas = require("@clickeen/atlas-sync");
import { sync, type SyncReport } from "@clickeen/atlas-sync";

export const report: Promise<SyncReport> = sync({ store: "file:store.json" });
export const failed = (error: unknown): boolean => error instanceof atlas.AtlasSyncError;

// @ts-expect-error: there is no default export
atlas.default;
