// HTML as a type of its own: what is put into a template is escaped, unless it is `Html` already. So text from an
// instance's config cannot become markup.

/** Markup that is safe to send. Only `html` makes it. */
export class Html {
  constructor(readonly markup: string) {}
}

type Part = Html | string | number | false | null | undefined | readonly Part[];

/** A piece of markup: html`<p>${text}</p>`. Values are escaped; lists are joined; `false` and `null` are nothing. */
export function html(fixed: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(fixed.map((text, index) => text + (index < parts.length ? markup(parts[index]) : "")).join(""));
}

function markup(part: Part): string {
  if (part === false || part === null || part === undefined) return "";
  if (part instanceof Html) return part.markup;
  if (typeof part === "string" || typeof part === "number") return escape(String(part));
  return part.map(markup).join("");
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
