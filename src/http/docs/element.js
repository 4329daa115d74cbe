/** Text in which `names` stand between backticks, as nodes: names as code. */
export function prose(text) {
  return text.split('`').map((part, at) => (at % 2 === 1 ? element('code', {}, part) : part));
}

/** An element with its properties and children. Text among them becomes text, never HTML. */
export function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}
