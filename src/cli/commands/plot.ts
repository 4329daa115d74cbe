import type { Score } from '../../schemas/scores/score.ts';
import { scoreName } from '../../text/comparison.ts';
import { makeScoreLines, onLogAxis, type ScoreLine } from '../../text/scoreLines.ts';
import { exitCodes, UsageError } from '../frame/exitCodes.ts';
import { text, toggle } from '../frame/flag.ts';
import { toFile } from '../frame/output/toFile.ts';
import type { XAxis } from '../scores/axes.ts';
import { chooseScore } from '../scores/chooseScore.ts';
import { type PlotRow, plotColumns, plotRows } from '../scores/plotRows.ts';
import { readScores } from '../scores/readScores.ts';
import { scoresFilter, scoresFlags } from '../scores/scoresFlags.ts';
import { defineVerb } from './verb.ts';

/** Rows of the terminal for axes, legend and what is missing. */
const AROUND = 9;

export const verb = defineVerb({
  usage: '--task NAME [OPTIONS]',
  words: [0, 0],
  about:
    'Draws the scores of a task along the steps of its runs: a line a run (label run, else the model), dotted bars for the 95 % intervals. A checkpoint without a result is a gap, and is named below. -o json and csv have the points.',
  examples: ['evald plot --task mmmu_val --label run=r7', 'evald plot -t mme --metric acc --log-x --svg mme.svg'],
  flags: {
    task: text('NAME', 'the task', { short: 't' }),
    metric: text('NAME', 'the metric, where the task has several'),
    filter: text('NAME', 'the filter, where the metric has several'),
    x: text('AXIS', 'label:NAME, of numbers; or time. label:step if left out'),
    logX: toggle('a logarithmic axis'),
    svg: text('FILE', 'draw into a file of SVG; - is standard output'),
    ...scoresFlags,
  },
  output: true,
  async run(context, _, { task, metric, filter, x = 'label:step', logX, svg, ...flags }) {
    if (task === undefined) throw new UsageError('plot: --task NAME is missing', 'evald results @last');
    const axis = axisOf(x, logX);
    const { output, terminal, say } = context;
    const query = { ...scoresFilter(flags), task, metric, filter, x };
    const { scores, missing } = await readScores(context, query);
    const chosen = chooseScore(task, scores);
    if (chosen === undefined) {
      say(
        `evald: there is no score of ${JSON.stringify(task)}${missing.length === 0 ? '' : ` yet: ${missing[0]?.reason}`}`,
      );
      say('Try: evald board');
      return exitCodes.failed;
    }
    const isLog = axis.kind === 'log';
    const lines = makeScoreLines(isLog ? onLogAxis(scores) : scores, isLog ? onLogAxis(missing) : missing);
    const title = titleOf(chosen, lines);
    if (svg !== undefined) {
      const { plotSvg } = await import('../scores/plotSvg.ts');
      const drawing = plotSvg(lines, { title, x: axis, y: chosen.metric });
      if (svg === '-') context.write(drawing);
      else {
        await toFile(svg, [drawing], context.signal);
        context.print(svg);
      }
      return undefined;
    }
    if (output.format === 'table' && output.columns === undefined) {
      const { plotLines } = await import('../scores/plotLines.ts');
      const rows = Math.min(24, Math.max(8, (terminal.isOutput ? terminal.height : 30) - AROUND));
      const options = { title, x: axis, width: terminal.width, rows, color: terminal.color };
      for (const line of plotLines(lines, options)) context.print(line);
      return undefined;
    }
    const { metric: drawn, filter: by, higher_is_better } = chosen;
    await context.show<PlotRow>({
      rows: plotRows(lines),
      columns: plotColumns,
      name: ({ job_id }) => job_id,
      document: (points) => ({ task, metric: drawn, filter: by, higher_is_better, x, points }),
    });
    return undefined;
  },
});

/** @throws UsageError */
function axisOf(x: string, isLog: boolean): XAxis {
  const [, label] = /^label:([\w./-]{1,64})$/.exec(x) ?? [];
  if (label !== undefined) return { kind: isLog ? 'log' : 'linear', name: label };
  if (x !== 'time') throw new UsageError(`--x should be time, or label:NAME as label:step, not ${JSON.stringify(x)}`);
  if (isLog) throw new UsageError('--log-x needs an axis of numbers, not --x time');
  return { kind: 'time', name: 'time (UTC)' };
}

function titleOf(score: Score, lines: readonly ScoreLine[]): string {
  const { higher_is_better } = score;
  const hasBars = lines.some(({ points }) => points.some(({ interval }) => interval !== null));
  const parts = [
    ...(higher_is_better === null ? [] : [higher_is_better ? 'higher is better' : 'lower is better']),
    ...(hasBars ? ['95 % intervals'] : []),
  ];
  return [scoreName(score), ...(parts.length === 0 ? [] : [parts.join(', ')])].join(': ');
}
