// The shell around the views: navigation, the source that is shown, and the ways to open another.
import { effect } from "@preact/signals";
import { render, type RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { Intake } from "./parts/intake";
import { LastRead } from "./parts/last-read";
import { SourceBar } from "./parts/source-bar";
import { spellEveryText, spelled } from "./parts/spelled";
import { VIEWS, followHash, linkTo, route, type Route, type View } from "./state/route";
import { startLooking } from "./state/live";
import { snapshot, startWatching } from "./state/sources";
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
  spellEveryText();
  followTheme();
  followHash();
  startWatching();
  startLooking();
  effect(() => void (document.title = titleOf(route.value)));
  root.replaceChildren();
  render(<App />, root);
}

/** `template faq-classic-light · Records · Atlas inspector` */
function titleOf({ view, path }: Route): string {
  return [spelled(path.join(" ")), TITLES[view], "Atlas inspector"].filter((part) => part !== "").join(" · ");
}

function App() {
  const { view } = route.value;
  const Content = COMPONENTS[view];
  const heading = useRef<HTMLHeadingElement>(null);
  useArrival(heading);
  useViewKeys();
  return (
    <>
      <a class="skip" href="#content" onClick={(event) => (event.preventDefault(), heading.current?.focus())}>
        Skip to content
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
        <Intake next={heading} />
        <h1 ref={heading} tabIndex={-1}>
          {TITLES[view]}
        </h1>
        <LastRead view={view} />
        <Content />
      </main>
    </>
  );
}

/**
 * Moves the focus when the address changes: to what the address names (marked with `data-place`), on the way back from a
 * record to its link, otherwise to the view's heading. A page that was just opened moves it only to what is named.
 */
function useArrival(heading: RefObject<HTMLHeadingElement | null>): void {
  const { view, path } = route.value;
  const here = linkTo(view, path);
  const before = useRef(here);
  useEffect(() => {
    const cameFrom = before.current;
    before.current = here;
    const named = document.querySelector<HTMLElement>("main [data-place]");
    if (named !== null) {
      named.focus({ preventScroll: true });
      named.scrollIntoView();
    } else if (cameFrom !== here) {
      const back = cameFrom.startsWith(`${here}/`) ? linkIn(cameFrom) : undefined;
      (back ?? heading.current)?.focus();
    }
  }, [here, snapshot.value === null]);
}

function linkIn(address: string): HTMLElement | undefined {
  return [...document.querySelectorAll<HTMLElement>("main a")].find((link) => link.getAttribute("href") === address);
}

/** Alt and a digit open a view, except where they write something else, such as a bracket on a Mac's keyboard. */
function useViewKeys(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { target } = event;
      const isWriting = target instanceof HTMLElement && target.matches("input, textarea") && event.code !== `Digit${event.key}`;
      if (isWriting) return;
      const view = event.altKey && !event.ctrlKey && !event.metaKey ? VIEWS[Number(event.code.replace("Digit", "")) - 1] : undefined;
      if (view === undefined) return;
      event.preventDefault();
      location.hash = linkTo(view);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}
