import type { JobInfo, JobStatus } from '../../../../client/index.ts';
import { duration } from '../../../parts/duration.ts';
import { clockTime } from '../../../text.ts';

/** A state that a job came to: by which arrow (null: the first), and when. */
export type Step = { state: JobStatus; arrow: string | null; at: string };

/** The states that a job was in, in order. */
export function stepsOf({ status, created_at, started_at, completed_at }: JobInfo): Step[] {
  const steps: Step[] = [{ state: 'queued', arrow: null, at: created_at }];
  if (started_at !== null) steps.push({ state: 'running', arrow: 'queued--job.start--running', at: started_at });
  if (completed_at === null) return steps;
  const from = started_at === null ? 'queued' : 'running';
  const verbs: { [state in JobStatus]?: string } = { completed: 'complete', failed: 'fail', cancelled: 'cancel' };
  return [...steps, { state: status, arrow: `${from}--job.${verbs[status]}--${status}`, at: completed_at }];
}

/** Lights a path in the drawing of the chart: its states, its arrows, and at each the time at which it was taken. */
export function lightPath(drawing: SVGSVGElement, steps: readonly Step[], status: JobStatus): void {
  const part = (id: string) => drawing.querySelector(`[id="${id}"]`);
  let before: number | null = null;
  for (const { state, arrow, at } of steps) {
    const time = Date.parse(at);
    const since = before === null ? '' : ` +${duration(time - before)}`;
    before = time;
    part(`state-${state}`)?.classList.add('visited');
    const taken = part(arrow === null ? 'initial-job' : `transition-${arrow}`);
    if (taken === null) continue;
    taken.classList.add('visited');
    // An arrow has room for a time of day; the date stands at the first.
    writeTime(drawing, taken, since === '' ? clockTime(at) : new Date(at).toLocaleTimeString('en-GB') + since);
  }
  part(`state-${status}`)?.classList.add('lit');
}

/** Writes a time below the text of an arrow; the first one has none, and it stands beside its dot. */
function writeTime(drawing: SVGSVGElement, arrow: Element, time: string): void {
  const event = arrow.querySelector('.event');
  const beside = event ?? arrow.querySelector('.dot');
  const number = (name: string) => Number(beside?.getAttribute(name) ?? 0);
  const text = document.createElementNS('http://www.w3.org/2000/svg', 'text');
  text.setAttribute('class', 'time');
  text.setAttribute('x', String(event ? number('x') : number('cx') + 14));
  text.setAttribute('y', String(event ? number('y') + 15 : number('cy') + 4));
  text.textContent = time;
  arrow.append(text);
  // The drawing has room for the event alone: a long time at its right edge is moved in.
  const { x: left, width } = drawing.viewBox.baseVal;
  const box = text.getBBox();
  const over = box.x + box.width - (left + width - 4);
  if (over > 0) text.setAttribute('x', String(box.x - over));
}
