// The page's place, kept after the `#`: `#/records/template/faq-classic-light` opens just that record.
import { signal } from "@preact/signals";

export const VIEWS = ["overview", "entries", "records", "lookup", "compare", "live"] as const;
export type View = (typeof VIEWS)[number];

export interface Route {
  readonly view: View;
  /** What follows the view's name. */
  readonly path: readonly string[];
}

export const route = signal<Route>(routeOf(location.hash));

/** The address of a place. */
export function linkTo(view: View, path: readonly string[] = []): string {
  return `#/${[view, ...path].map(encodeURIComponent).join("/")}`;
}

export function followHash(): void {
  addEventListener("hashchange", () => (route.value = routeOf(location.hash)));
}

function routeOf(hash: string): Route {
  const [name, ...path] = hash.replace(/^#\/?/, "").split("/").map(decoded);
  const view = VIEWS.find((view) => view === name);
  return view === undefined ? { view: "overview", path: [] } : { view, path };
}

/** An address that somebody mistyped leads somewhere else, and breaks nothing. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
