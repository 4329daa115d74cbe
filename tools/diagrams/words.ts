import type { ChartState, ChartTransition } from '../../src/machines/chart.ts';

/** What a state does while it is not left, a line each. */
export function deeds({ entry, exit, invokes, transitions }: ChartState): string[] {
  return [
    ...entry.map((action) => `on entry / ${action}`),
    ...exit.map((action) => `on exit / ${action}`),
    ...invokes.map((work) => `does ${work}`),
    ...transitions.filter(({ to }) => to === null).map(transitionWords),
  ];
}

/** `event [guard] / actions`. */
export function transitionWords({ event, guard, actions }: ChartTransition): string {
  return `${event}${guard === null ? '' : ` [${guard}]`}${actions.length === 0 ? '' : ` / ${actions.join(', ')}`}`;
}
