/** What of the scenarios the TypeScript projects see. */
export interface Setting {
  /** The installed package: `import * as atlas from "@clickeen/atlas"`. */
  readonly atlas: typeof import("@clickeen/atlas");
  /** Each SDK's `createClient`, under the SDK's name. */
  readonly sdks: Readonly<Record<string, (connection: string, options: { staleIfError: false; disableDevelopmentCache: true }) => unknown>>;
  /** The address of the stand's control server. */
  readonly control: string;
}

export function play(setting: Setting): Promise<Record<string, Record<string, unknown>>>;
