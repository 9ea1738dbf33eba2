// What a view shows while there is no snapshot to show.
import { reach } from "../state/sources";

export function Nothing() {
  const now = reach.value;
  if (now.state === "asking") return <p class="muted">Reading the store …</p>;
  return (
    <div class="notice">
      <p>There is no snapshot to show{now.state === "fails" ? `: ${now.problem}` : "."}</p>
      <p>Open a file with a store's items, drop one on this page, or paste them.</p>
    </div>
  );
}
