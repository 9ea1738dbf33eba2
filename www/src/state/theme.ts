// Light, dark, or as the system has it. The choice is kept in this browser.
import { effect, signal } from "@preact/signals";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const STORED = "atlas-inspector-theme";

export const theme = signal<Theme>(remembered());

/** Whether the page is dark now: plots have to know. */
const systemIsDark = signal(false);

export function isDark(): boolean {
  return theme.value === "system" ? systemIsDark.value : theme.value === "dark";
}

export function followTheme(): void {
  const query = matchMedia("(prefers-color-scheme: dark)");
  systemIsDark.value = query.matches;
  query.addEventListener("change", () => (systemIsDark.value = query.matches));
  effect(() => {
    document.documentElement.dataset.theme = isDark() ? "dark" : "light";
    try {
      localStorage.setItem(STORED, theme.value);
    } catch {
      // A browser that keeps nothing shows the page all the same.
    }
  });
}

function remembered(): Theme {
  try {
    return THEMES.find((theme) => theme === localStorage.getItem(STORED)) ?? "system";
  } catch {
    return "system";
  }
}
