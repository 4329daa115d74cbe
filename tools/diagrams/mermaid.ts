import type { AnyStateMachine } from 'xstate';
import { type ChartState, readChart, statesOf } from '../../src/machines/chart.ts';
import { deeds, transitionWords } from './words.ts';

/**
 * A machine as a Mermaid `stateDiagram-v2`: nested and parallel states with their descriptions, final states, events
 * with guards and delays, and notes of what is done on the way. Read from the machine itself, so that the drawing says
 * what the code does.
 */
export function toMermaid(machine: AnyStateMachine): string {
  const root = readChart(machine);
  const lines = root.kind === 'parallel' ? state(root, 1) : inside(root, 1);
  return ['stateDiagram-v2', ...lines].join('\n');
}

function inside(parent: ChartState, depth: number): string[] {
  const pad = '  '.repeat(depth);
  const states = parent.states.map((child) => state(child, depth));
  // A state belongs to the block that names it last: the arrows come first, and each in the innermost block around it.
  return [
    ...(parent.initial === null ? [] : [`${pad}[*] --> ${idOf(parent.initial)}`]),
    ...arrowsAcross(parent.states, pad),
    ...(parent.kind === 'parallel'
      ? states.flatMap((region, i) => (i === 0 ? region : [`${pad}--`, ...region]))
      : states.flat()),
    ...parent.states.flatMap(({ kind, path }) => (kind === 'final' ? [`${pad}${idOf(path)} --> [*]`] : [])),
  ];
}

function state(state: ChartState, depth: number): string[] {
  const pad = '  '.repeat(depth);
  const id = idOf(state.path);
  const name = `${pad}state "${state.name}" as ${id}`;
  const text =
    state.states.length === 0 && state.description !== null ? [`${pad}${id}: ${plain(state.description)}`] : [];
  const body = state.states.length === 0 ? [name, ...text] : [`${name} {`, ...inside(state, depth + 1), `${pad}}`];
  return [...body, ...note(state, pad)];
}

/** The arrows that lead from one of these states to another, or begin or end at their borders. */
function arrowsAcross(states: readonly ChartState[], pad: string): string[] {
  const sideOf = (path: string) => states.find((state) => path === state.path || path.startsWith(`${state.path}.`));
  return states.flatMap(statesOf).flatMap(({ transitions }) =>
    transitions.flatMap((transition) => {
      const { from, to } = transition;
      if (to === null) return [];
      const [source, target] = [sideOf(from), sideOf(to)];
      const isAcross = source !== target || source?.path === from || source?.path === to;
      return target !== undefined && isAcross
        ? [`${pad}${idOf(from)} --> ${idOf(to)}: ${plain(transitionWords(transition))}`]
        : [];
    }),
  );
}

/** What a state does without being left. */
function note(state: ChartState, pad: string): string[] {
  // A state with states inside has no room for its description but this.
  const description = state.states.length > 0 && state.description !== null ? [state.description] : [];
  const lines = [...description, ...deeds(state)];
  if (lines.length === 0) return [];
  return [
    `${pad}note right of ${idOf(state.path)}`,
    ...lines.map((line) => `${pad}  ${plain(line)}`),
    `${pad}end note`,
  ];
}

/** Mermaid takes letters, digits and `_` in a name. */
const idOf = (path: string): string => path.replaceAll('.', '_');

/** Mermaid ends a line at a semicolon and reads a colon as the start of a text. */
const plain = (text: string): string => text.replaceAll(';', ',').replaceAll(':', ' -');
