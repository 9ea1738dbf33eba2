// A value as indented JSON, its parts coloured. Every part is text; a long value is cut until it is asked for.
import type { Json } from "@clickeen/atlas";
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";

import { count } from "../data/words";

const MOST_SHOWN = 40_000;
/** A string that goes on is cut, not tried again from each of its quotes. */
const TOKEN = /("(?:[^"\\\n]|\\.){0,2000}"?)(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

export function JsonText({ value, label }: { value: Json; label: string }) {
  return <LongText text={JSON.stringify(value, null, 2) ?? "null"} label={label} coloured />;
}

/** A text in full width; the first part of it, if it is long. */
export function LongText({ text, label, coloured = false }: { text: string; label: string; coloured?: boolean }) {
  const isWhole = useSignal(false);
  const region = useRef<HTMLPreElement>(null);
  const shown = isWhole.value ? text : text.slice(0, MOST_SHOWN);
  return (
    <div class="long-text">
      <pre ref={region} tabIndex={0} role="region" aria-label={label}>
        {coloured ? colour(shown) : shown}
      </pre>
      {shown.length < text.length && (
        <button type="button" onClick={() => ((isWhole.value = true), region.current?.focus({ preventScroll: true }))}>
          Show all {count(text.length)} characters
        </button>
      )}
    </div>
  );
}

function colour(text: string) {
  const parts: (string | preact.JSX.Element)[] = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [whole, quoted, colon] = match;
    parts.push(text.slice(end, match.index));
    end = match.index + whole.length;
    if (quoted === undefined) parts.push(<span class="j-value">{whole}</span>);
    else if (colon === undefined) parts.push(<span class="j-text">{whole}</span>);
    else parts.push(<span class="j-name">{quoted}</span>, colon);
  }
  parts.push(text.slice(end));
  return parts;
}
