import { type Graph, inches, type Layout, layOut, stack } from './graphviz.ts';
import { document, drawArrow, drawBlock, drawBox, element, escaped } from './svg.ts';
import { type Message, messages, type PartName, parts } from './system.ts';
import { type Block, block, wrap } from './textBlock.ts';

/** Pixels below the title. */
const GAP = 8;

const title = block(
  [
    { kind: 'title', lines: ['evald'] },
    { kind: 'note', lines: ['Actors (framed boxes) and the events between them; dashed: calls to what is no actor'] },
  ],
  4,
);

/** The system as an SVG drawing: `actor-<name>` for each part, `message-<from>--<to>` for what goes between two. */
export async function systemSvg(style: string): Promise<string> {
  const layout = stack([await layOut(graph())], title.height + GAP);
  return document(
    {
      name: 'evald: its actors and the events between them',
      style,
      width: Math.max(layout.width, title.width),
      height: layout.height,
    },
    element('g', { class: 'root' }, ...drawBlock(title, { x: 0, y: 0 }, 4)),
    ...messages().map((message) => drawMessage(message, layout)),
    ...partNames().map((name) => drawPart(name, layout)),
  );
}

function graph(): Graph {
  return {
    directed: true,
    graphAttributes: { nodesep: 0.5, ranksep: 0.4 },
    edgeAttributes: { arrowsize: 0.8 },
    nodes: partNames().map((name) => {
      const { width, height } = partBlock(name);
      const size = { width: inches(width), height: inches(height), fixedsize: true };
      return { name, attributes: { ...size, shape: 'box', label: '' } };
    }),
    edges: messages().map((message) => {
      const { width, height } = messageBlock(message);
      const room = `<TABLE BORDER="0" FIXEDSIZE="TRUE" WIDTH="${width}" HEIGHT="${height}"><TR><TD></TD></TR></TABLE>`;
      // What comes back goes up: it must not turn the drawing upside down.
      const isUpward = partNames().indexOf(message.from) > partNames().indexOf(message.to);
      return {
        tail: message.from,
        head: message.to,
        attributes: { id: idOf(message), label: { html: room }, ...(isUpward && { constraint: false }) },
      };
    }),
  };
}

function drawPart(name: PartName, { nodes }: Layout): string {
  const box = nodes.get(name);
  if (box === undefined) throw new Error(`Graphviz did not lay out ${name}`);
  const { kind } = parts[name];
  return element(
    'g',
    { id: `actor-${name}`, class: `state ${kind}` },
    drawBox(box),
    ...drawBlock(partBlock(name), box, 10),
  );
}

function drawMessage(message: Message, { edges }: Layout): string {
  const edge = edges.get(idOf(message));
  if (!edge?.label) throw new Error(`Graphviz did not lay out ${idOf(message)}`);
  const text = messageBlock(message);
  const corner = { x: edge.label.x - text.width / 2, y: edge.label.y - text.height / 2 };
  return element(
    'g',
    { id: idOf(message), class: `transition ${message.kind}` },
    element('title', {}, escaped(`${message.from} → ${message.to}: ${message.names.join(', ')}`)),
    ...drawArrow(edge),
    ...drawBlock(text, corner, 6),
  );
}

function partBlock(name: PartName): Block {
  return block(
    [
      { kind: 'name', lines: [name] },
      { kind: 'note', lines: wrap(parts[name].description, 34) },
    ],
    10,
  );
}

function messageBlock({ names }: Message): Block {
  return block(
    [{ kind: 'event', lines: names.map((name) => (name === 'xstate.error.actor.*' ? '(it broke)' : name)) }],
    6,
  );
}

const idOf = ({ from, to }: Message): string => `message-${from}--${to}`;

const partNames = (): PartName[] => Object.keys(parts) as PartName[];
