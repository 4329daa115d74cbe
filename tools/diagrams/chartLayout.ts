import { type ChartState, type ChartTransition, statesOf } from '../../src/machines/chart.ts';
import { arrowBlock, type Detail, stateBlock, transitionElement } from './blocks.ts';
import { type Graph, inches, type Layout, layOut, stack } from './graphviz.ts';
import type { Block } from './textBlock.ts';

type Node = NonNullable<Graph['nodes']>[number];
type Edge = NonNullable<Graph['edges']>[number];
type Cluster = NonNullable<Graph['subgraphs']>[number];
type States = ReadonlyMap<string, ChartState>;

/** The dot that an initial state is entered from. */
export const initialNode = (path: string): string => `initial ${path}`;
/** The circle where arrows begin that lead from a frame to its own inside. */
export const borderNode = (path: string): string => `border ${path}`;
export const clusterName = (path: string): string => `cluster ${path}`;

/** The arrow from the dot to the initial state. */
export const initialElement = (path: string): string => `initial-${path}`;

export const isInward = ({ from, to }: ChartTransition): boolean => to?.startsWith(`${from}.`) ?? false;

/**
 * Lays a chart out: boxes for states, frames around states with states inside, room for the text of every arrow. The
 * regions of a chart stand below one another: side by side they would be too wide to be read beside other charts.
 * @param top pixels to leave above.
 */
export async function layOutChart(root: ChartState, detail: Detail, top: number): Promise<Layout> {
  const regions = root.kind === 'parallel' ? root.states.map((region) => ({ ...root, states: [region] })) : [root];
  const parts = await Promise.all(regions.map((region) => layOut(graphOf(region, detail))));
  return stack(parts, top);
}

function graphOf(root: ChartState, detail: Detail): Graph {
  const states = new Map(statesOf(root).map((state) => [state.path, state]));
  const arrows = [...states.values()].flatMap(({ transitions }) => transitions.filter(({ to }) => to !== null));
  return {
    directed: true,
    graphAttributes: { compound: true, nodesep: 0.28, ranksep: 0.32 },
    edgeAttributes: { arrowsize: 0.8 },
    ...inside(root, detail),
    edges: [...below(root), ...entries(states), ...arrows.map((arrow) => edgeOf(arrow, states, detail))],
  };
}

function inside(parent: ChartState, detail: Detail): Pick<Graph, 'nodes' | 'subgraphs'> {
  const boxes = parent.states.filter(({ states }) => states.length === 0);
  const frames = parent.states.filter(({ states }) => states.length > 0);
  const dots = parent.initial === null ? [] : [node(initialNode(parent.path), { width: 12, height: 12 })];
  const border = parent.transitions.some(isInward) ? [node(borderNode(parent.path), { width: 10, height: 10 })] : [];
  return {
    nodes: [...dots, ...border, ...boxes.map((state) => node(state.path, stateBlock(state, detail)))],
    subgraphs: frames.map((state) => frame(state, detail)),
  };
}

function frame(state: ChartState, detail: Detail): Cluster {
  const graphAttributes = { ...label(stateBlock(state, detail)), margin: 10 };
  return { name: clusterName(state.path), graphAttributes, ...inside(state, detail) };
}

/** States that no arrow joins are put below one another: side by side they would make a wide frame of loose boxes. */
function below(state: ChartState): Edge[] {
  const { states } = state;
  const inner = states.flatMap(below);
  const isJoined = ({ path, transitions }: ChartState) =>
    transitions.some(({ to }) => to !== null && to !== path && states.some((other) => other.path === to));
  if (states.some(isJoined)) return inner;
  const edges = states.slice(1).map((next, i) => ({
    tail: lastBoxIn(states[i]),
    head: next.initial === null ? lastBoxIn(next) : initialNode(next.path),
    attributes: { id: `above ${next.path}`, style: 'invis' },
  }));
  return [...inner, ...edges];
}

function entries(states: States): Edge[] {
  return [...states.values()].flatMap(({ path, initial }) =>
    initial === null
      ? []
      : [
          {
            tail: initialNode(path),
            attributes: { id: initialElement(path), ...frameOf('lhead', initial, states) },
            head: firstNodeIn(initial, states),
          },
        ],
  );
}

function edgeOf(arrow: ChartTransition, states: States, detail: Detail): Edge {
  const { from, to } = arrow;
  if (to === null) throw new Error(`${arrow.id} leads nowhere`);
  return {
    tail: isInward(arrow) ? borderNode(from) : lastBoxIn(states.get(from)),
    head: firstNodeIn(to, states),
    attributes: {
      id: transitionElement(arrow),
      label: room(arrowBlock(arrow, detail)),
      ...(isInward(arrow) ? {} : frameOf('ltail', from, states)),
      ...frameOf('lhead', to, states),
    },
  };
}

/**
 * Graphviz draws from node to node; an arrow to a frame ends at a node in it and is cut off at the frame. That node is
 * the uppermost, and the one an arrow from a frame begins at the lowest, so that its text comes to lie outside.
 */
function firstNodeIn(path: string, states: States): string {
  const state = states.get(path);
  return state?.initial == null ? path : initialNode(path);
}

function lastBoxIn(state: ChartState | undefined): string {
  const last = state?.states.at(-1);
  return last === undefined ? (state?.path ?? '') : lastBoxIn(last);
}

function frameOf(end: 'lhead' | 'ltail', path: string, states: States): { [end: string]: string } {
  return states.get(path)?.states.length === 0 ? {} : { [end]: clusterName(path) };
}

function node(name: string, { width, height }: Pick<Block, 'width' | 'height'>): Node {
  const size = { width: inches(width), height: inches(height), fixedsize: true };
  return { name, attributes: { ...size, shape: 'box', label: '' } };
}

function label(block: Block) {
  return { label: room(block), labelloc: 't', labeljust: 'l' };
}

/** A label that takes the room of a text: we draw it ourselves. */
function room({ width, height }: Block): { html: string } {
  return { html: `<TABLE BORDER="0" FIXEDSIZE="TRUE" WIDTH="${width}" HEIGHT="${height}"><TR><TD></TD></TR></TABLE>` };
}
