// The pages that Venice answers with: a widget, or a plain word on why there is none. No page ever shows an error's
// message or stack.
import { html, type Html } from "./html";
import type { WidgetData } from "./paris";
import { settingsOf } from "./settings";
import { renderWidget } from "./widgets";

/** The page of one widget. */
export function widgetPage(data: WidgetData): Html {
  const { instance, template } = data;
  const widgetType = instance.widgetType ?? template?.widgetType ?? null;
  const inside = renderWidget(widgetType, settingsOf(data)) ?? html`<p>This widget cannot be shown.</p>`;
  return page(
    template?.name ?? "Widget",
    html`<article data-public-id="${instance.publicId}" data-type="${widgetType ?? ""}"
      data-template="${instance.templateId ?? ""}" data-layout="${template?.layout ?? ""}"
      data-skin="${template?.skin ?? ""}" data-density="${template?.density ?? ""}">
    ${inside}
    ${showsBacklink(data) && html`<footer><a rel="backlink" href="https://clickeen.com">Made with Clickeen</a></footer>`}
    </article>`,
  );
}

/** A page with one sentence. */
export function plainPage(title: string, sentence: string): Html {
  return page(title, html`<p>${sentence}</p>`);
}

/** Branding is enforced unless both the instance and the plan say that it is not; what is unknown is enforced. */
function showsBacklink({ instance, hints }: WidgetData): boolean {
  const enforced = instance.branding.enforced !== false || hints.branding.enforced !== false;
  return enforced || instance.branding.hide !== true;
}

function page(title: string, body: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title></head>
<body>
${body}
</body>
</html>
`;
}
