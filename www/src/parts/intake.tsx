// Takes snapshots that are dropped on the page or pasted into it. Nothing of them leaves the browser.
import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";

import { openFiles, openText, refusals } from "../state/sources";

/** `next` has the focus when a refusal is dismissed. */
export function Intake({ next }: { next: RefObject<HTMLElement | null> }) {
  const isOver = useSignal(false);
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") === true;
    const onDrag = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      isOver.value = event.type !== "dragleave" || event.relatedTarget !== null;
    };
    const takesText = ({ target }: Event) => target instanceof HTMLElement && target.matches("input, textarea");
    const onDrop = (event: DragEvent) => {
      if (takesText(event) && !hasFiles(event)) return;
      event.preventDefault();
      isOver.value = false;
      void openFiles([...(event.dataTransfer?.files ?? [])]);
    };
    const onPaste = (event: ClipboardEvent) => {
      const text = event.clipboardData?.getData("text/plain") ?? "";
      if (!takesText(event) && text.trim() !== "") void openText(text);
    };
    for (const name of ["dragenter", "dragover", "dragleave"] as const) addEventListener(name, onDrag, { signal });
    addEventListener("drop", onDrop, { signal });
    addEventListener("paste", onPaste, { signal });
    return () => controller.abort();
  }, []);
  return (
    <>
      {isOver.value && <div class="drop-here">Drop a file with a store's items here, or with public keys. It stays in this browser.</div>}
      <div role="alert">
        {refusals.value.length > 0 && (
          <div class="notice bad">
            {refusals.value.map((refusal, at) => (
              <p key={at}>{refusal}</p>
            ))}
            <button type="button" onClick={() => ((refusals.value = []), next.current?.focus())}>
              Dismiss
            </button>
          </div>
        )}
      </div>
    </>
  );
}
