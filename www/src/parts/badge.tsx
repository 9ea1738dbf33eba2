// A verdict in a word, with a sign and a colour that say the same.
import type { ComponentChildren } from "preact";

import type { Tone } from "../data/standing";

const SIGNS: Readonly<Record<Tone, string>> = { good: "✓", warn: "!", bad: "✗" };

export function Badge({ tone, children }: { tone: Tone; children: ComponentChildren }) {
  return (
    <span class={`badge ${tone}`}>
      <span aria-hidden="true">{SIGNS[tone]}</span> {children}
    </span>
  );
}
