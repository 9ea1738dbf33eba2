// Renders the inside of a widget, one function for each of the six types of Phase 1, as plain HTML.
// A type that Venice does not know gives `null`.
import type { JsonObject } from "@clickeen/atlas";

import { html, type Html } from "./html";
import { flag, group, list, text } from "./settings";

type Renderer = (settings: JsonObject) => Html;

const RENDERERS: ReadonlyMap<string, Renderer> = new Map([
  ["content.faq", faq],
  ["engagement.announcement", announcement],
  ["engagement.newsletter", newsletter],
  ["forms.contact", contact],
  ["social.proof", proof],
  ["social.testimonials", testimonials],
]);

/** The inside of a widget of this type, or `null` if the type is unknown. */
export function renderWidget(widgetType: string | null, settings: JsonObject): Html | null {
  const render = widgetType === null ? undefined : RENDERERS.get(widgetType);
  return render ? render(settings) : null;
}

function faq(settings: JsonObject): Html {
  const items = list(settings, "items").map(
    (item) => html`<details><summary>${text(item, "question")}</summary><p>${text(item, "answer")}</p></details>`,
  );
  return html`<h2>${text(settings, "title")}</h2>${items}`;
}

function announcement(settings: JsonObject): Html {
  const link = webAddress(text(settings, "link"));
  const message = text(settings, "message");
  return html`<p role="status">${link ? html`<a href="${link}">${message}</a>` : message}</p>
    ${flag(settings, "dismissable") && html`<button type="button">Dismiss</button>`}`;
}

function newsletter(settings: JsonObject): Html {
  return html`<h2>${text(settings, "headline")}</h2>
    <p>${text(settings, "subheadline")}</p>
    <form><label>Email <input type="email" name="email" required></label> <button>Subscribe</button></form>`;
}

function contact(settings: JsonObject): Html {
  const fields = group(settings, "fields");
  return html`<h2>${text(settings, "title")}</h2>
    <form data-success="${text(settings, "successMessage")}">
      ${flag(fields, "name") && html`<label>Name <input name="name"></label>`}
      ${flag(fields, "email") && html`<label>Email <input type="email" name="email"></label>`}
      ${flag(fields, "message") && html`<label>Message <textarea name="message"></textarea></label>`}
      <button>Send</button>
    </form>`;
}

function proof(settings: JsonObject): Html {
  return html`<p><strong>${text(settings, "metric")}</strong> ${text(settings, "label")}</p>`;
}

function testimonials(settings: JsonObject): Html {
  return html`${list(settings, "items").map((item) => {
    const role = text(item, "role");
    const author = html`${text(item, "author")}${role !== "" && html`, ${role}`}`;
    return html`<figure><blockquote>${text(item, "quote")}</blockquote><figcaption>${author}</figcaption></figure>`;
  })}`;
}

/** An address that a link may lead to: `http` or `https` only, so that no config can bring in a script. */
function webAddress(value: string): string | null {
  try {
    const url = new URL(value);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}
