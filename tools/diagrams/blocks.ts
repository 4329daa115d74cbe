import type { ChartState, ChartTransition } from '../../src/machines/chart.ts';
import { type Block, block, type Paragraph, wrap } from './textBlock.ts';
import { transitionWords } from './words.ts';

/** `full` says all that a chart says, to be read; `outline` what is needed to follow it while it moves. */
export type Detail = 'full' | 'outline';

/** Characters in a line, so that boxes stay narrow enough to stand side by side. */
const TITLE = 42;
const NOTE = 30;
const DEED = 38;
const ACTION = 26;

/** Pixels left and right of a text. */
export const padding = { state: 10, title: 4, arrow: 6 };

/** What stands in a state's box or at the head of its frame. */
export function stateBlock(state: ChartState, detail: Detail): Block {
  const more = detail === 'full' ? [...description(state, NOTE), ...deedParagraphs(state)] : [];
  return block([{ kind: 'name', lines: [state.name] }, ...more], padding.state);
}

/** What stands above a chart: it is the root's box. */
export function titleBlock(root: ChartState, detail: Detail): Block {
  const more = detail === 'full' ? deedParagraphs(root) : [];
  return block([{ kind: 'title', lines: [root.name] }, ...description(root, TITLE), ...more], padding.title);
}

/** What stands beside an arrow. */
export function arrowBlock({ event, guard, actions }: ChartTransition, detail: Detail): Block {
  const isDoing = detail === 'full' && actions.length > 0;
  return block(
    [
      { kind: 'event', lines: [event] },
      ...(guard === null ? [] : [{ kind: 'guard' as const, lines: [`[${guard}]`] }]),
      ...(isDoing ? [{ kind: 'action' as const, lines: wrap(`/ ${actions.join(', ')}`, ACTION, '  ') }] : []),
    ],
    padding.arrow,
  );
}

function description({ description }: ChartState, limit: number): Paragraph[] {
  return description === null ? [] : [{ kind: 'note', lines: wrap(description, limit) }];
}

function deedParagraphs({ entry, exit, invokes, transitions }: ChartState): Paragraph[] {
  const deed = (text: string, id?: string): Paragraph => ({
    kind: 'deed',
    lines: wrap(text, DEED, '  '),
    ...(id !== undefined && { id }),
  });
  return [
    ...entry.map((action) => deed(`on entry / ${action}`)),
    ...exit.map((action) => deed(`on exit / ${action}`)),
    ...invokes.map((work) => deed(`does ${work}`)),
    ...transitions
      .filter(({ to }) => to === null)
      .map((stays) => deed(transitionWords(stays), transitionElement(stays))),
  ];
}

/** The element of a state in a drawing. */
export const stateElement = (path: string): string => `state-${path}`;

/** The element of a transition in a drawing. */
export const transitionElement = ({ id }: Pick<ChartTransition, 'id'>): string => `transition-${id}`;
