// What is looked at, a button to open something else, and the colours.
import { useRef } from "preact/hooks";

import { LOCAL, files, openFile, shownFile } from "../state/sources";
import { THEMES, theme } from "../state/theme";

export function SourceBar() {
  const input = useRef<HTMLInputElement>(null);
  const shown = shownFile.value === null ? -1 : files.value.indexOf(shownFile.value);
  return (
    <div class="source-bar">
      <label>
        <span>Looking at</span>
        <select value={String(shown)} onChange={(event) => show(Number(event.currentTarget.value))}>
          <option value="-1">{LOCAL}</option>
          {files.value.map((file, at) => (
            <option key={file.arrivedAt} value={String(at)}>
              {file.name}
            </option>
          ))}
        </select>
      </label>
      <button type="button" title="A store's items, from the read API or the REST API. They stay in this browser." onClick={() => input.current?.click()}>
        Open a file …
      </button>
      <input ref={input} type="file" accept=".json,.pem,application/json" aria-label="A file with a store's items" hidden onChange={onFile} />
      <label>
        <span>Colours</span>
        <select value={theme.value} onChange={(event) => (theme.value = THEMES[event.currentTarget.selectedIndex] ?? "system")}>
          {THEMES.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
    </div>
  );
}

function show(at: number): void {
  shownFile.value = files.value[at] ?? null;
}

function onFile(event: preact.TargetedEvent<HTMLInputElement>): void {
  const file = event.currentTarget.files?.[0];
  event.currentTarget.value = "";
  if (file) void openFile(file);
}
