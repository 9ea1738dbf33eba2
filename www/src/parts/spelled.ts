// Texts of others as people are shown them: what a store holds may not turn the words around it, or hide among them.
import { options, type ComponentChildren, type VNode } from "preact";

/**
 * Control characters but for tabs and line breaks; those that change the direction of what follows; and those that are drawn as
 * nothing, so that two names look the same. What joins or varies emoji and letters stays where it does that: not at the
 * beginning, nor after ASCII.
 */
const HIDDEN =
  /[^\P{Cc}\t\n]|[\p{Cs}\p{Bidi_Control}\u2028\u2029]|(?<=^|[\0-\x7f])\p{DI}|(?![\u200c\u200d\p{Variation_Selector}])\p{DI}/gu;

/** The text with each such character as JSON spells it: `\u202e`. */
export function spelled(text: string): string {
  return text.replace(HIDDEN, (letter) => letter.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`));
}

/** Has every text that is drawn from now on spelled so, whoever draws it. */
export function spellEveryText(): void {
  const { vnode: before } = options;
  options.vnode = (node: VNode) => {
    if (typeof node.type === "string") {
      const props = node.props as { children?: ComponentChildren; title?: unknown; "aria-label"?: unknown };
      props.children = each(props.children);
      for (const name of ["title", "aria-label"] as const) if (typeof props[name] === "string") props[name] = spelled(props[name]);
    }
    before?.(node);
  };
}

function each(children: ComponentChildren): ComponentChildren {
  if (typeof children === "string") return spelled(children);
  return Array.isArray(children) ? children.map(each) : children;
}
