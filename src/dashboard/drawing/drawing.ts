/** A drawing of a chart in the page: its elements by what they mean, lit, counted, and moved along. */

const SVG = 'http://www.w3.org/2000/svg';

/** Milliseconds for which an arrow that was taken stays marked. */
const TAKEN = 1_400;

/** A step of a job along its chart: the arrow into a state (null: the first) and what stands beside it. */
export type PathStep = { state: string; arrow: string | null; time: string };

export type ChartDrawing = ReturnType<typeof createDrawing>;

/**
 * Makes a drawing of the server's text. Several of one chart may be in a page: its names become `data-part`, not ids.
 * @throws TypeError when the text is no drawing.
 */
export function createDrawing(text: string) {
  // The style of a drawing is the page's: its policy takes none that stands in the text.
  const read = new DOMParser().parseFromString(text.replace(/<style>[^<]*<\/style>/, ''), 'image/svg+xml');
  const svg = document.importNode(read.documentElement, true);
  if (!(svg instanceof SVGSVGElement)) throw new TypeError('The server has sent a drawing that is none');
  const parts = new Map<string, Element>();
  for (const part of svg.querySelectorAll('[id]')) {
    parts.set(part.id, part);
    part.setAttribute('data-part', part.id);
    part.removeAttribute('id');
  }
  const root = svg.querySelector('.root')?.getAttribute('data-part')?.slice('state-'.length) ?? '';
  const states = [...svg.querySelectorAll('.state')];
  const stateOf = (path: string) => parts.get(`state-${path}`);
  const arrowOf = (transition: string | null) =>
    parts.get(transition === null ? `initial-${root}` : `transition-${transition}`);
  const marked = new Map<Element, ReturnType<typeof setTimeout>>();

  return {
    svg,

    /** Lights the states in which something is, and the frames around them, and puts out the others. */
    light(paths: readonly string[]): void {
      const lit = new Set(paths.flatMap(withFrames).map(stateOf));
      for (const state of states) state.classList.toggle('lit', lit.has(state));
    },

    /** Shows a text at the upper right corner of each of these states, such as how many are in it; at no others. */
    badge(texts: ReadonlyMap<string, string>): void {
      for (const old of svg.querySelectorAll('.badge')) old.remove();
      for (const [path, badge] of texts) {
        const state = stateOf(path);
        const box = state?.querySelector('.box');
        if (!state || !box) continue;
        const { x = 0, y = 0, width = 0 } = numbers(box, ['x', 'y', 'width']);
        const size = { width: badge.length * 7.5 + 12, height: 20 };
        state.append(
          draw('g', { class: 'badge' }, [
            draw('rect', { x: x + width - size.width + 8, y: y - 10, rx: 10, ...size }),
            draw('text', { x: x + width - size.width / 2 + 8, y: y + 4.5, 'text-anchor': 'middle' }, [badge]),
          ]),
        );
      }
    },

    /** Marks an arrow for a moment. */
    flash(transition: string | null): void {
      const arrow = arrowOf(transition);
      if (arrow === undefined) return;
      arrow.classList.add('taken');
      clearTimeout(marked.get(arrow));
      marked.set(
        arrow,
        setTimeout(() => arrow.classList.remove('taken'), TAKEN),
      );
    },

    /** The line of an arrow, for what moves along it. */
    lineOf(transition: string | null): SVGPathElement | null {
      const line = arrowOf(transition)?.querySelector('.line');
      return line instanceof SVGPathElement ? line : null;
    },

    /** Marks one job's path, with the times beside its arrows; what is not on it steps back. An empty one removes it. */
    path(steps: readonly PathStep[]): void {
      svg.classList.toggle('path', steps.length > 0);
      for (const visited of svg.querySelectorAll('.visited')) visited.classList.remove('visited');
      for (const time of svg.querySelectorAll('.time')) time.remove();
      for (const { state, arrow, time } of steps) {
        stateOf(state)?.classList.add('visited');
        const taken = arrowOf(arrow);
        if (taken === undefined) continue;
        taken.classList.add('visited');
        writeTime(svg, taken, time);
      }
    },

    /** Ends what is under way. */
    end(): void {
      for (const timer of marked.values()) clearTimeout(timer);
    },
  };
}

/** Makes an SVG element. */
export function draw(
  tag: string,
  attributes: { readonly [name: string]: string | number },
  children: readonly (Node | string)[] = [],
): SVGElement {
  const made = document.createElementNS(SVG, tag);
  if (!(made instanceof SVGElement)) throw new TypeError(`${tag} is no element of a drawing`);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

/** Writes a time below an arrow's text; the first arrow has none, and the time stands beside its dot. */
function writeTime(svg: SVGSVGElement, arrow: Element, time: string): void {
  const event = arrow.querySelector('.event');
  const anchor = event ?? arrow.querySelector('.dot');
  if (anchor === null) return;
  const { x = 0, y = 0, cx = 0, cy = 0 } = numbers(anchor, ['x', 'y', 'cx', 'cy']);
  const text = draw('text', { class: 'time', x: event ? x : cx + 14, y: event ? y + 15 : cy + 4 }, [time]);
  arrow.append(text);
  if (!(text instanceof SVGTextElement)) return;
  // The drawing has room for the event alone: a long time at its right edge is moved in.
  const { x: left, width } = svg.viewBox.baseVal;
  const box = text.getBBox();
  const over = box.x + box.width - (left + width - 4);
  if (over > 0) text.setAttribute('x', String(Number(text.getAttribute('x')) - over));
}

const numbers = (element: Element, names: readonly string[]): { [name: string]: number } =>
  Object.fromEntries(names.map((name) => [name, Number(element.getAttribute(name) ?? 0)]));

function withFrames(path: string): string[] {
  const keys = path.split('.');
  return keys.map((_, i) => keys.slice(0, i + 1).join('.'));
}
