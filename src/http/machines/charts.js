/** The charts in the page: their elements by what they mean, lit and counted. */

const SVG = 'http://www.w3.org/2000/svg';

/** Milliseconds for which an arrow that was taken stays marked. */
const TAKEN = 1400;

/** The element of a state; null if the chart has none of that name. */
export function stateOf(chart, path) {
  return document.getElementById(`${chart}-state-${path}`);
}

/** The element of an arrow; without a name that of the arrow to the chart's initial state. */
export function arrowOf(chart, transition) {
  return document.getElementById(
    transition === null ? `${chart}-initial-${chart}` : `${chart}-transition-${transition}`,
  );
}

/** Lights the states of a chart in which something is, and the frames around them, and puts out the others. */
export function light(chart, paths) {
  const lit = new Set(paths.flatMap(withFrames).map((path) => stateOf(chart, path)));
  for (const state of document.querySelectorAll(`#${chart}-chart .state`))
    state.classList.toggle('lit', lit.has(state));
}

/** Shows a text at the upper right corner of a state's box, such as how many are in it; an empty one removes it. */
export function badge(chart, path, text) {
  const state = stateOf(chart, path);
  if (state === null) return;
  state.querySelector('.badge')?.remove();
  if (text === '') return;
  const box = state.querySelector('.box');
  const [x, y, width] = ['x', 'y', 'width'].map((name) => Number(box.getAttribute(name)));
  const size = { width: text.length * 7.5 + 12, height: 20 };
  const group = draw('g', { class: 'badge' });
  group.append(
    draw('rect', { x: x + width - size.width + 8, y: y - 10, rx: 10, ...size }),
    draw('text', { x: x + width - size.width / 2 + 8, y: y + 4.5, 'text-anchor': 'middle' }, text),
  );
  state.append(group);
}

/** Marks an arrow for a moment. */
export function flash(chart, transition) {
  const arrow = arrowOf(chart, transition);
  if (arrow === null) return;
  arrow.classList.add('taken');
  clearTimeout(arrow.takenUntil);
  arrow.takenUntil = setTimeout(() => arrow.classList.remove('taken'), TAKEN);
}

/** Makes an SVG element. */
export function draw(tag, attributes, text = '') {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  return made;
}

function withFrames(path) {
  const keys = path.split('.');
  return keys.map((_, i) => keys.slice(0, i + 1).join('.'));
}
