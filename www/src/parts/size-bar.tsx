// The bytes of each value of a store against the 1,000,000 that it may hold.
import { KEYS, storedKey } from "@clickeen/atlas";

import { markedVersion } from "../data/marker";
import { bytes, count } from "../data/words";

const BUDGET = 1_000_000;
const WARN_FROM = 0.8;

export function SizeBar({ sizes }: { sizes: ReadonlyMap<string, number> }) {
  const parts = partsOf(sizes);
  const total = parts.reduce((sum, { size }) => sum + size, 0);
  const percent = (total / BUDGET) * 100;
  const tone = total > BUDGET ? "bad" : total >= BUDGET * WARN_FROM ? "warn" : "good";
  return (
    <div class="size">
      <p>
        <strong>{bytes(total)}</strong> of {count(BUDGET)} used, {percent < 1 ? percent.toFixed(1) : Math.round(percent)} %
        {tone === "warn" && ": atlas-sync warns from 80 % on"}
        {tone === "bad" && ": Edge Config refuses a larger store"}
      </p>
      <div class={`bar ${tone}`} role="img" aria-label={`${percent.toFixed(1)} % of the budget is used`}>
        {parts.map(({ name, size }, at) => (
          <span key={name} class={`part part-${at}`} style={{ width: `${Math.min(100, (size / Math.max(BUDGET, total)) * 100)}%` }} />
        ))}
      </div>
      <ul class="legend">
        {parts.map(({ name, size }, at) => (
          <li key={name}>
            <span class={`swatch part-${at}`} aria-hidden="true" /> <code>{name}</code> <span class="number">{bytes(size)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function partsOf(sizes: ReadonlyMap<string, number>) {
  const own = KEYS.map((key) => ({ name: key as string, size: sizes.get(storedKey(key)) ?? 0 }));
  const known = new Set(KEYS.map(storedKey));
  const rest = [...sizes].filter(([key]) => !known.has(key));
  const sum = (isOf: (key: string) => boolean) => rest.filter(([key]) => isOf(key)).reduce((sum, [, size]) => sum + size, 0);
  const isMarker = (key: string) => markedVersion(key) !== null;
  return [...own, { name: "revision marker", size: sum(isMarker) }, { name: "other keys", size: sum((key) => !isMarker(key)) }];
}
