/**
 * Reads a drawing of the server for use in the page. It comes from another document, of which nothing runs; its style, and what
 * might run here, are left out: the page's own styles colour it.
 * @returns null when it is no drawing.
 */
export function readDrawing(text: string): SVGSVGElement | null {
  const { documentElement: root } = new DOMParser().parseFromString(withoutStyle(text), 'image/svg+xml');
  if (root.localName !== 'svg') return null;
  for (const element of root.querySelectorAll('style, script, foreignObject, a, image, use')) element.remove();
  for (const element of [root, ...root.querySelectorAll('*')]) {
    for (const { name } of [...element.attributes]) {
      if (name === 'style' || name.startsWith('on')) element.removeAttribute(name);
    }
  }
  const drawing = document.importNode(root, true);
  return drawing instanceof SVGSVGElement ? drawing : null;
}

/** The content policy would report a style even of a document that is only read. */
function withoutStyle(text: string): string {
  const [start, end] = [text.indexOf('<style'), text.indexOf('</style>')];
  return start === -1 || end < start ? text : text.slice(0, start) + text.slice(end + '</style>'.length);
}
