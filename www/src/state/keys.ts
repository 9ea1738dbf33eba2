// The public keys that somebody gave, and with them what the page's readers are made with. They are kept in this page's
// memory alone: nothing sends or stores them.
import type { AtlasOptions } from "@clickeen/atlas";
import { batch, computed, signal } from "@preact/signals";

import { NotKeys, parseKeys, type PublicKey } from "../data/public-keys";

/** No keys: signatures are not checked. */
const NONE: readonly PublicKey[] = [];

export const keys = signal(NONE);

/** How many of the keys must have signed. */
export const required = signal(1);

/** What is wrong with the keys that were given last. */
export const keyRefusal = signal<string | null>(null);

/** The options that a reader with these keys has. */
export type KeyOptions = Pick<AtlasOptions, "publicKeys" | "signaturesRequired">;

export const keyOptions = computed((): KeyOptions =>
  keys.value.length === 0 ? {} : { publicKeys: keys.value.map(({ text }) => text), signaturesRequired: required.value },
);

/** Takes the keys in a text in place of those before, or says why it takes none; then those before stay. */
export function giveKeys(text: string): boolean {
  try {
    const given = parseKeys(text);
    set(given, Math.min(required.peek(), given.length));
    return true;
  } catch (error) {
    if (!(error instanceof NotKeys)) throw error;
    keyRefusal.value = error.message;
    return false;
  }
}

export function forgetKeys(): void {
  set(NONE, 1);
}

/** Both at once: a reader takes no number that is above that of its keys. */
function set(given: readonly PublicKey[], number: number): void {
  batch(() => {
    keys.value = given;
    required.value = number;
    keyRefusal.value = null;
  });
}
