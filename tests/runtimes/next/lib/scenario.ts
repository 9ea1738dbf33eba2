// Plays the scenarios in whatever part of Next imports this.
import * as atlas from "@clickeen/atlas";
import { createClient as edgeConfig } from "@vercel/edge-config";
import { createClient as globalConfig } from "@vercel/global-config";

import { play } from "../../scenario/index.mjs";

export function scenario(control: string | null): Promise<object> {
  if (control === null) throw new Error("expected ?control=, found none");
  const sdks = { "@vercel/edge-config": edgeConfig, "@vercel/global-config": globalConfig };
  return play({ atlas, sdks, control });
}

/**
 * The same while React renders. React answers a GET that was made before in the same render from its memory; a store
 * that changes in between is then not seen. A `signal` is the documented way out of that, for these many lookups in one.
 */
export function scenarioInRender(control: string | null): Promise<object> {
  const remembering = globalThis.fetch;
  const fresh: typeof fetch = (input, init) => remembering(input, { signal: new AbortController().signal, ...init });
  globalThis.fetch = fresh;
  return scenario(control).finally(() => (globalThis.fetch = remembering));
}
