import { type ChartState, type ChartTransition, statesOf } from '../../src/machines/chart.ts';
import { arrowBlock, type Detail, transitionElement } from './blocks.ts';
import { clusterName } from './chartLayout.ts';
import type { Box, Layout } from './graphviz.ts';

/** Pixels between a text and the frame around it. */
const AIR = 6;

/**
 * Frames made wide enough for the texts of the arrows inside: Graphviz leaves room for those, but does not count the
 * texts of arrows that lead upwards as inside.
 */
export function growFrames(layout: Layout, root: ChartState, detail: Detail): Layout {
  const states = statesOf(root);
  const arrows = states.flatMap(({ transitions }) => transitions.filter(({ to }) => to !== null));
  const clusters = new Map(layout.clusters);
  // Innermost first, so that a frame that grew makes the one around it grow.
  for (const { path, states: inner } of states.slice(1).reverse()) {
    const frame = clusters.get(clusterName(path));
    if (frame === undefined) continue;
    const frames = inner.flatMap((state) => clusters.get(clusterName(state.path)) ?? []);
    const texts = arrows.filter((arrow) => isInside(arrow, path)).flatMap((arrow) => textOf(arrow, layout, detail));
    clusters.set(clusterName(path), { ...frame, ...widened(frame, [...frames, ...texts]) });
  }
  const right = Math.max(layout.width, ...[...clusters.values()].map(({ x, width }) => x + width));
  return { ...layout, clusters, width: right };
}

function isInside({ from, to }: ChartTransition, path: string): boolean {
  return from.startsWith(`${path}.`) && (to?.startsWith(`${path}.`) ?? false);
}

function textOf(arrow: ChartTransition, { edges }: Layout, detail: Detail): Box[] {
  const middle = edges.get(transitionElement(arrow))?.label;
  if (!middle) return [];
  const { width, height } = arrowBlock(arrow, detail);
  return [{ x: middle.x - width / 2, y: middle.y - height / 2, width, height }];
}

function widened(frame: Box, inner: readonly Box[]): Pick<Box, 'x' | 'width'> {
  const left = Math.min(frame.x, ...inner.map(({ x }) => x - AIR));
  const right = Math.max(frame.x + frame.width, ...inner.map(({ x, width }) => x + width + AIR));
  return { x: left, width: right - left };
}
