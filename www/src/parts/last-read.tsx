// Says that what a view shows is no longer what the store gives. The overview says it in its verdict, and Live shows it.
import type { View } from "../state/route";
import { reach, snapshot } from "../state/sources";

const SAY_IT_THEMSELVES: readonly View[] = ["overview", "live"];

export function LastRead({ view }: { view: View }) {
  const source = reach.value;
  if (SAY_IT_THEMSELVES.includes(view)) return null;
  const isOld = source.state === "fails" && snapshot.value !== null;
  return <div aria-live="polite">{isOld && <p class="notice bad">{source.problem} What is shown is from the last read that succeeded.</p>}</div>;
}
