// Tries a lookup: for an instance that is filled in, the whole decision is shown, check by check.
import type { LookupRequest } from "@clickeen/atlas";
import { useSignal } from "@preact/signals";

import type { SnapshotRecord } from "../data/records";
import { Nothing } from "../parts/nothing";
import { attempt, type Attempt } from "../state/attempt";
import { idOf } from "../state/comparable";
import { representative } from "../state/judge";
import { recordsIn, type Snapshot } from "../state/snapshot";
import { snapshot } from "../state/sources";
import { AttemptResult } from "./lookup-result";

const FIELDS = [
  { name: "widgetType", label: "Widget type" },
  { name: "templateId", label: "Template" },
  { name: "schemaVersion", label: "Schema version" },
  { name: "plan", label: "Plan" },
  { name: "publicId", label: "Public id" },
  { name: "requestId", label: "Request id" },
] as const;

type Instance = Record<(typeof FIELDS)[number]["name"], string>;

export function LookupView() {
  const shown = snapshot.value;
  return shown === null ? <Nothing /> : <Lookup shown={shown} />;
}

function Lookup({ shown }: { shown: Snapshot }) {
  const records = recordsIn(shown);
  const instance = useSignal<Instance>(firstInstance(shown));
  const result = useSignal<Attempt | null>(null);
  const isBusy = useSignal(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (isBusy.value) return;
    isBusy.value = true;
    result.value = await attempt(asRequest(instance.value), shown);
    isBusy.value = false;
  };
  const pick = (id: string) => {
    const template = records.find(({ kind, names }) => kind === "template" && names[0] === id);
    if (template) instance.value = { ...instance.value, ...fromTemplate(template) };
  };
  return (
    <>
      <form class="instance" onSubmit={submit}>
        <label class="wide">
          <span>Fill in from a template</span>
          <select value="" onChange={(event) => pick(event.currentTarget.value)}>
            <option value="">…</option>
            {of(records, "template").map((id) => (
              <option key={id} value={id}>
                {id}
              </option>
            ))}
          </select>
        </label>
        {FIELDS.map(({ name, label }) => (
          <label key={name}>
            <span>{label}</span>
            <input
              name={name}
              list={`known-${name}`}
              value={instance.value[name]}
              placeholder="null"
              autocomplete="off"
              spellcheck={false}
              onInput={(event) => (instance.value = { ...instance.value, [name]: event.currentTarget.value })}
            />
          </label>
        ))}
        <Suggestions records={records} />
        <button type="submit" class="primary" aria-disabled={isBusy.value}>
          Look up
        </button>
      </form>
      <div aria-live="polite">{result.value !== null && idOf(result.value.shown) === idOf(shown) && <AttemptResult attempt={result.value} />}</div>
    </>
  );
}

function Suggestions({ records }: { records: readonly SnapshotRecord[] }) {
  const lists: Readonly<Record<string, readonly string[]>> = {
    widgetType: distinct(records.map(({ widgetType }) => widgetType)),
    templateId: of(records, "template"),
    schemaVersion: distinct(records.map(({ schemaVersion }) => schemaVersion)),
    plan: of(records, "plan"),
  };
  return (
    <>
      {Object.entries(lists).map(([name, values]) => (
        <datalist key={name} id={`known-${name}`}>
          {values.map((value) => (
            <option key={value} value={value} />
          ))}
        </datalist>
      ))}
    </>
  );
}

function firstInstance(shown: Snapshot): Instance {
  const { widgetType, templateId, schemaVersion, plan } = representative(shown);
  const text = (value: string | null | undefined) => value ?? "";
  return {
    widgetType: text(widgetType), templateId: text(templateId), schemaVersion: text(schemaVersion), plan: text(plan),
    publicId: "wgt_inspector", requestId: "inspector-1",
  };
}

function fromTemplate({ names, widgetType, schemaVersion }: SnapshotRecord): Partial<Instance> {
  return { templateId: names[0] ?? "", widgetType: widgetType ?? "", schemaVersion: schemaVersion ?? "" };
}

/** An empty field stands for `null`, as in what Paris serves. */
function asRequest(instance: Instance): LookupRequest {
  return Object.fromEntries(Object.entries(instance).map(([name, value]) => [name, value === "" ? null : value]));
}

function of(records: readonly SnapshotRecord[], kind: SnapshotRecord["kind"]): string[] {
  return records.filter((record) => record.kind === kind).map(({ names }) => names[0] ?? "");
}

function distinct(values: readonly (string | null)[]): string[] {
  return [...new Set(values)].filter((value) => value !== null).sort();
}
