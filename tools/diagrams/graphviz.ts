import { type Graph, instance } from '@viz-js/viz';
import { z } from 'zod';

export type Point = { x: number; y: number };
export type Box = Point & { width: number; height: number };

/** Where everything of a graph lies, in pixels from the upper left corner. */
export type Layout = {
  width: number;
  height: number;
  nodes: ReadonlyMap<string, Box>;
  clusters: ReadonlyMap<string, Box & { label: Point | null }>;
  /** By the edge's `id`. */
  edges: ReadonlyMap<string, { path: readonly Point[]; tip: Point; label: Point | null }>;
};

export type { Graph };

const point = z.string().transform((text) => toPoint(text));
const box = z.string().transform((text) => toBox(text));
const graphSchema = z.object({
  bb: box,
  objects: z
    .array(
      z.union([
        z.object({ name: z.string(), bb: box, lp: point.optional() }),
        z.object({ name: z.string(), pos: point, width: z.coerce.number(), height: z.coerce.number() }),
      ]),
    )
    .optional(),
  edges: z.array(z.object({ id: z.string(), pos: z.string(), lp: point.optional() })).optional(),
});

/** Graphviz counts sizes of nodes in inches of this many pixels. */
const INCH = 72;

export const inches = (pixels: number): number => pixels / INCH;

/** Lays a graph out. The same graph gives the same layout, whatever the machine: Graphviz comes as WebAssembly. */
export async function layOut(graph: Graph): Promise<Layout> {
  const { bb, objects = [], edges = [] } = graphSchema.parse((await instance()).renderJSON(graph, { yInvert: true }));
  const nodes = new Map<string, Box>();
  const clusters = new Map<string, Box & { label: Point | null }>();
  for (const object of objects) {
    if ('bb' in object) clusters.set(object.name, { ...object.bb, label: object.lp ?? null });
    else {
      const { name, pos } = object;
      const [width, height] = [object.width * INCH, object.height * INCH];
      nodes.set(name, { x: pos.x - width / 2, y: pos.y - height / 2, width, height });
    }
  }
  return {
    width: bb.width,
    height: bb.height,
    nodes,
    clusters,
    edges: new Map(edges.map(({ id, pos, lp }) => [id, { ...toSpline(pos), label: lp ?? null }])),
  };
}

/** Layouts below one another. @param top pixels to leave above. */
export function stack(layouts: readonly Layout[], top: number): Layout {
  const all = { width: 0, height: top, nodes: new Map(), clusters: new Map(), edges: new Map() } satisfies Layout;
  for (const { width, height, nodes, clusters, edges } of layouts) {
    const down = <P extends Point>(place: P): P => ({ ...place, y: place.y + all.height });
    const textDown = (label: Point | null) => label && down(label);
    for (const [name, box] of nodes) all.nodes.set(name, down(box));
    for (const [name, box] of clusters) all.clusters.set(name, { ...down(box), label: textDown(box.label) });
    for (const [id, { path, tip, label }] of edges) {
      all.edges.set(id, { path: path.map(down), tip: down(tip), label: textDown(label) });
    }
    all.width = Math.max(all.width, width);
    all.height += height;
  }
  return all;
}

/** `e,x,y x,y …`: the tip of the arrow, then the curve to its base. */
function toSpline(pos: string): { path: Point[]; tip: Point } {
  const points = pos.split(' ');
  const path = points.filter((text) => !/^[es],/.test(text)).map(toPoint);
  const tip = points.find((text) => text.startsWith('e,'))?.slice(2);
  const last = path.at(-1);
  if (last === undefined) throw new Error(`Graphviz drew no curve: ${pos}`);
  return { path, tip: tip === undefined ? last : toPoint(tip) };
}

function toPoint(text: string): Point {
  const [x, y] = numbers(text);
  return { x, y };
}

function toBox(text: string): Box {
  const [left, one, right, other] = numbers(text);
  return { x: left, y: Math.min(one, other), width: right - left, height: Math.abs(other - one) };
}

function numbers(text: string): [number, number, number, number] {
  const [a = 0, b = 0, c = 0, d = 0] = text.split(',').map(Number);
  return [a, b, c, d];
}
