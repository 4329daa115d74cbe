import type { AnyStateMachine } from 'xstate';
import { type ChartState, type ChartTransition, readChart, statesOf } from '../../src/machines/chart.ts';
import { arrowBlock, type Detail, padding, stateBlock, stateElement, titleBlock, transitionElement } from './blocks.ts';
import { borderNode, clusterName, initialElement, initialNode, isInward, layOutChart } from './chartLayout.ts';
import type { Layout, Point } from './graphviz.ts';
import { growFrames } from './growFrames.ts';
import { document, drawArrow, drawBlock, drawBox, element, escaped } from './svg.ts';
import { transitionWords } from './words.ts';

/** Pixels below the title. */
const GAP = 8;

/**
 * A machine as an SVG drawing. Every state is the element `state-<path>`, every transition
 * `transition-<from>--<event>--<to>`, with `--<guard>` when it has one: what they are called in the code, so that
 * the ids last. @param style the drawing's CSS.
 */
export async function toSvg(machine: AnyStateMachine, style: string, detail: Detail = 'full'): Promise<string> {
  const root = readChart(machine);
  const title = titleBlock(root, detail);
  const layout = growFrames(await layOutChart(root, detail, title.height + GAP), root, detail);
  const states = statesOf(root).slice(1);
  const frames = states.filter(({ states }) => states.length > 0);
  const boxes = states.filter(({ states }) => states.length === 0);
  const all = [root, ...states];
  return document(
    {
      name: `${root.name}: ${root.description ?? 'a state chart'}`,
      style,
      width: Math.max(layout.width, title.width),
      height: layout.height,
    },
    element('g', { id: stateElement(root.path), class: 'root' }, ...drawBlock(title, { x: 0, y: 0 }, padding.title)),
    ...frames.map((state) => drawFrame(state, layout, detail)),
    ...all.flatMap((state) => drawEntry(state, layout)),
    ...all.flatMap(({ transitions }) =>
      transitions.flatMap((transition) => drawTransition(transition, layout, detail)),
    ),
    ...boxes.map((state) => drawState(state, layout, detail)),
  );
}

function drawFrame(state: ChartState, { clusters }: Layout, detail: Detail): string {
  const frame = of(clusters, clusterName(state.path));
  const block = stateBlock(state, detail);
  return element(
    'g',
    { id: stateElement(state.path), class: `state ${state.kind}` },
    drawBox(frame),
    ...drawBlock(block, corner(frame.label, block), padding.state),
  );
}

function drawState(state: ChartState, { nodes }: Layout, detail: Detail): string {
  const box = of(nodes, state.path);
  const rim = state.kind === 'final' ? [drawBox(box, 3)] : [];
  return element(
    'g',
    { id: stateElement(state.path), class: `state ${state.kind}` },
    drawBox(box),
    ...rim,
    ...drawBlock(stateBlock(state, detail), box, padding.state),
  );
}

function drawEntry({ path, initial }: ChartState, { nodes, edges }: Layout): string[] {
  if (initial === null) return [];
  const { x, y, width, height } = of(nodes, initialNode(path));
  const dot = element('circle', { class: 'dot', cx: x + width / 2, cy: y + height / 2, r: width / 2 });
  return [
    element('g', { id: initialElement(path), class: 'initial' }, dot, ...drawArrow(of(edges, initialElement(path)))),
  ];
}

function drawTransition(transition: ChartTransition, { nodes, edges }: Layout, detail: Detail): string[] {
  if (transition.to === null) return [];
  const edge = of(edges, transitionElement(transition));
  const block = arrowBlock(transition, detail);
  return [
    element(
      'g',
      { id: transitionElement(transition), class: 'transition' },
      element('title', {}, escaped(`${transition.from} → ${transition.to}: ${transitionWords(transition)}`)),
      ...(isInward(transition) ? [drawBorder(transition, nodes)] : []),
      ...drawArrow(edge),
      ...drawBlock(block, corner(edge.label, block), padding.arrow),
    ),
  ];
}

function drawBorder({ from }: ChartTransition, nodes: Layout['nodes']): string {
  const { x, y, width, height } = of(nodes, borderNode(from));
  return element('circle', { class: 'border', cx: x + width / 2, cy: y + height / 2, r: width / 2 });
}

/** The upper left corner of a block from its middle. */
function corner(middle: Point | null, { width, height }: { width: number; height: number }): Point {
  if (middle === null) throw new Error('Graphviz left no room for a text');
  return { x: middle.x - width / 2, y: middle.y - height / 2 };
}

function of<V>(places: ReadonlyMap<string, V>, name: string): V {
  const place = places.get(name);
  if (place === undefined) throw new Error(`Graphviz did not lay out ${name}`);
  return place;
}
