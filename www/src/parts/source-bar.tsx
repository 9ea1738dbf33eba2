// What is looked at, a button to open something else, and the colours.
import { useRef } from "preact/hooks";

import { LOCAL, files, openFiles, show, shownFile } from "../state/sources";
import { THEMES, theme } from "../state/theme";

export function SourceBar() {
  const input = useRef<HTMLInputElement>(null);
  const shown = shownFile.value === null ? -1 : files.value.indexOf(shownFile.value);
  return (
    <div class="source-bar">
      <label>
        <span>Looking at</span>
        <select value={String(shown)} onChange={(event) => show(files.value[Number(event.currentTarget.value)] ?? null)}>
          <option value="-1">{LOCAL}</option>
          {files.value.map((file, at) => (
            <option key={file.id} value={String(at)}>
              {file.name}
            </option>
          ))}
        </select>
      </label>
      <button type="button" title="A store's items, from the read API or the REST API. They stay in this browser." onClick={() => input.current?.click()}>
        Open a file …
      </button>
      <input ref={input} type="file" multiple accept=".json,.js,.mjs,.cjs,.ts,.mts,.cts,.pem,.pub,application/json" aria-label="Files with a store's items" hidden onChange={onFile} />
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

function onFile(event: preact.TargetedEvent<HTMLInputElement>): void {
  const given = [...(event.currentTarget.files ?? [])];
  event.currentTarget.value = "";
  void openFiles(given);
}
