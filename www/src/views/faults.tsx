// The switches for the local store's faults. They change the store itself, for everyone who reads it.
import { useEffect } from "preact/hooks";

import { faultProblem, followFaults, isSame, switchAllOff, switchFault, switchedOn } from "../state/faults";
import type { StoreFault } from "../state/local-store";

const SWITCHES: readonly { readonly label: string; readonly what: string; readonly fault: StoreFault }[] = [
  { label: "Hang", what: "reads are never answered", fault: { kind: "hang", on: "reads" } },
  { label: "Slow", what: "reads take 200 ms", fault: { kind: "slow", ms: 200, on: "reads" } },
  { label: "Error 500", what: "reads are answered with 500", fault: { kind: "status", status: 500, on: "reads" } },
  { label: "Rate limit", what: "reads are answered with 429", fault: { kind: "rateLimited", on: "reads" } },
  { label: "Drop", what: "the connection ends without an answer", fault: { kind: "drop", on: "reads" } },
  { label: "Corrupt manifest", what: "one wrong byte in the manifest", fault: { kind: "corrupt", key: "atlas_v1_manifest", on: "reads" } },
  {
    label: "Corrupt templates",
    what: "one wrong byte in the templates; a reader that has verified them keeps them",
    fault: { kind: "corrupt", key: "atlas_v1_widgetTemplates", on: "reads" },
  },
  { label: "Old version", what: "the state before the last write", fault: { kind: "oldVersion", on: "reads" } },
];

export function Faults() {
  useEffect(followFaults, []);
  const on = switchedOn.value;
  const isOn = (fault: StoreFault) => on.some((other) => isSame(fault, other));
  return (
    <section aria-labelledby="faults">
      <h2 id="faults">Faults of the local store</h2>
      <div class="switches">
        {SWITCHES.map(({ label, what, fault }) => (
          <button key={label} type="button" aria-pressed={isOn(fault)} title={what} onClick={() => switchFault(fault, !isOn(fault))}>
            {label}
          </button>
        ))}
        <button type="button" aria-disabled={on.length === 0} onClick={switchAllOff}>
          All off
        </button>
      </div>
      <p role="status">{faultProblem.value ?? inWords(on)}</p>
    </section>
  );
}

function inWords(faults: readonly StoreFault[]): string {
  if (faults.length === 0) return "No fault is switched on.";
  const words = faults.map((fault) => SWITCHES.find((one) => isSaidOf(one.fault, fault))?.what ?? JSON.stringify(fault));
  return `Switched on: ${words.join("; ")}.`;
}

/** Whether a switch's words are true of a fault that something else may have switched on with other figures. */
function isSaidOf(own: StoreFault, fault: StoreFault): boolean {
  return isSame(own, fault) && own.ms === fault.ms && own.status === fault.status && fault.times === undefined;
}
