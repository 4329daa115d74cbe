import { styleText } from 'node:util';
import type { GateAnswer } from '../../schemas/scores/gate.ts';
import { plain } from '../frame/output/cells.ts';
import { wrapText } from './wrap.ts';

/** A sign beside each verdict, for a colour alone would not do. */
const signs = { pass: '✓', fail: '✗', inconclusive: '?' } as const;
const colors = { pass: 'green', fail: 'red', inconclusive: 'magenta' } as const;

/** What a gate decided as lines: one or more a task, with the reason; the last one is the verdict. */
export function gateLines(
  { tasks, verdict }: GateAnswer,
  { width, color }: { width: number | null; color: boolean },
): string[] {
  const painted = (of: GateAnswer['verdict'], line: string) =>
    color
      ? styleText(colors[of], line.slice(0, of.length + 2), { validateStream: false }) + line.slice(of.length + 2)
      : line;
  const lines = tasks.flatMap((task) => {
    const score = [task.task, task.metric, task.filter === 'none' ? null : task.filter].filter(Boolean).join(' ');
    const limit = `(${task.tier}, may lose ${task.max_drop})`;
    const text = plain(`${signs[task.verdict]} ${task.verdict}  ${score} ${limit}: ${task.reason}`);
    const [first = '', ...rest] = wrapText(text, width, '    ');
    return [painted(task.verdict, first), ...rest];
  });
  return [...lines, painted(verdict, `${signs[verdict]} ${verdict}`)];
}
