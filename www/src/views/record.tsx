// One record: its names, whether Venice would serve it, and its data.
import { isObject } from "../data/items";
import { ENTRY_OF, pathOf, type SnapshotRecord } from "../data/records";
import { JsonText } from "../parts/json-text";
import { linkTo } from "../state/route";
import { verdictOf, type Snapshot } from "../state/snapshot";

interface Props {
  readonly shown: Snapshot;
  readonly record: SnapshotRecord | undefined;
  readonly path: readonly string[];
}

export function RecordView({ shown, record, path }: Props) {
  return (
    <article>
      <p>
        <a href={linkTo("records")}>← All records</a>
      </p>
      {record === undefined ? (
        <p class="notice" tabIndex={-1} data-place="">
          There is no {path.join(" ")} in {shown.name}.
        </p>
      ) : (
        <Found shown={shown} record={record} />
      )}
    </article>
  );
}

function Found({ shown, record }: { shown: Snapshot; record: SnapshotRecord }) {
  const { kind, title, widgetType, schemaVersion, premium, data } = record;
  const entry = verdictOf(shown).entries.find(({ key }) => key === ENTRY_OF[kind]);
  const name = isObject(data) && typeof data.name === "string" ? data.name : null;
  return (
    <>
      <h2 tabIndex={-1} data-place="">
        <span class="kind">{kind}</span> {title}
      </h2>
      {entry?.status === "failed" && (
        <p class="notice bad">
          Venice does not serve it: its entry <a href={linkTo("entries", [entry.key])}>{entry.key}</a> is not verified ({entry.reason}).
        </p>
      )}
      <dl class="figures">
        {name !== null && <Row name="Name" value={name} />}
        {widgetType !== null && <Row name="Widget type" value={widgetType} />}
        {schemaVersion !== null && <Row name="Schema version" value={schemaVersion} />}
        {premium !== null && <Row name="Premium" value={premium ? "yes" : "no"} />}
        {kind === "template" && widgetType !== null && schemaVersion !== null && (
          <>
            <dt>Schema</dt>
            <dd>
              <a href={linkTo("records", pathOf({ kind: "schema", names: [widgetType, schemaVersion] }))}>
                {widgetType} {schemaVersion}
              </a>
            </dd>
          </>
        )}
      </dl>
      <JsonText value={data} label={`${kind} ${title}`} />
    </>
  );
}

function Row({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}
