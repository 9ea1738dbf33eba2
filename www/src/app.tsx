// The shell around the views: where one is, what is looked at, and the ways to open something else.
import { effect } from "@preact/signals";
import { render } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { Intake } from "./parts/intake";
import { SourceBar } from "./parts/source-bar";
import { VIEWS, followHash, linkTo, route, type View } from "./state/route";
import { startLooking } from "./state/live";
import { startWatching } from "./state/sources";
import { followTheme } from "./state/theme";
import { CompareView } from "./views/compare";
import { EntriesView } from "./views/entries";
import { LiveView } from "./views/live";
import { LookupView } from "./views/lookup";
import { OverviewView } from "./views/overview";
import { RecordsView } from "./views/records";

const TITLES: Readonly<Record<View, string>> = {
  overview: "Overview",
  entries: "Entries",
  records: "Records",
  lookup: "Try a lookup",
  compare: "Compare",
  live: "Live",
};

const COMPONENTS: Readonly<Record<View, () => preact.JSX.Element>> = {
  overview: OverviewView,
  entries: EntriesView,
  records: RecordsView,
  lookup: LookupView,
  compare: CompareView,
  live: LiveView,
};

export function start(root: Element): void {
  followTheme();
  followHash();
  startWatching();
  startLooking();
  effect(() => void (document.title = `${TITLES[route.value.view]} · Atlas inspector`));
  root.replaceChildren();
  render(<App />, root);
}

function App() {
  const { view } = route.value;
  const Content = COMPONENTS[view];
  const heading = useHeadingFocus(view);
  useViewKeys();
  return (
    <>
      <a class="skip" href="#content" onClick={(event) => (event.preventDefault(), heading.current?.focus())}>
        Skip to the content
      </a>
      <header class="top">
        <p class="brand">Atlas inspector</p>
        <SourceBar />
      </header>
      <nav aria-label="Views">
        <ul class="tabs">
          {VIEWS.map((name, at) => (
            <li key={name}>
              <a href={linkTo(name)} aria-current={name === view ? "page" : undefined} aria-keyshortcuts={`Alt+${at + 1}`} title={`Alt+${at + 1}`}>
                {TITLES[name]}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <main id="content">
        <Intake />
        <h1 ref={heading} tabIndex={-1}>
          {TITLES[view]}
        </h1>
        <Content />
      </main>
    </>
  );
}

/** Whoever goes to another view is told so: the focus goes to its heading. */
function useHeadingFocus(view: View) {
  const heading = useRef<HTMLHeadingElement>(null);
  const before = useRef(view);
  useEffect(() => {
    if (before.current !== view) heading.current?.focus();
    before.current = view;
  }, [view]);
  return heading;
}

/** Alt and a digit open a view. */
function useViewKeys(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const view = event.altKey && !event.ctrlKey && !event.metaKey ? VIEWS[Number(event.code.replace("Digit", "")) - 1] : undefined;
      if (view === undefined) return;
      event.preventDefault();
      location.hash = linkTo(view);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}
