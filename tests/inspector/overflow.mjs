// Finds what does not fit: on a narrow screen nothing may scroll sideways, leave the window or be cut off.

/** What does not fit on a page, in words. */
export function overflowing(page) {
  return page.evaluate(() => {
    const found = [];
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) found.push(`the page is ${scrollWidth} px wide in a window of ${clientWidth}`);
    for (const element of document.body.querySelectorAll("*")) {
      // Out of sight, always or until it has the focus; and what uPlot lays over its canvas.
      if (element.closest(".skip, .spoken, .u-wrap, datalist")) continue;
      const { left, right, width } = element.getBoundingClientRect();
      if (width === 0) continue;
      const name = `${element.outerHTML.slice(0, 80)} (${element.textContent.trim().slice(0, 40)})`;
      if (left < -0.5 || right > clientWidth + 0.5) found.push(`from ${Math.round(left)} to ${Math.round(right)} px: ${name}`);
      // A field scrolls its own text.
      if (element.matches("input, select, option")) continue;
      if (element.clientWidth > 0 && element.scrollWidth > element.clientWidth) {
        found.push(`${element.scrollWidth} px in a box of ${element.clientWidth}: ${name}`);
      }
    }
    return found;
  });
}
