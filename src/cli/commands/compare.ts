import type { TaskComparison } from '../../schemas/scores/comparison.ts';
import { exactColumns, scoreName } from '../../text/comparison.ts';
import { UsageError } from '../frame/exitCodes.ts';
import { number, text, toggle } from '../frame/flag.ts';
import { resolveId } from '../frame/ids.ts';
import { compareLines } from '../scores/compareLines.ts';
import { defineVerb } from './verb.ts';

export const verb = defineVerb({
  usage: 'BASELINE CANDIDATE [OPTIONS]',
  words: [2, 2],
  about:
    'Compares two jobs, sample by sample: whether the candidate is better, by how much, and whether by more than chance; or why that cannot be said. p is adjusted for all tests of the answer, `detects` the smallest difference that would be found four times of five.',
  examples: ['evald compare 3f0c4b1e @last', 'evald compare 3f0c4b1e @last --task mmmu_val --flips 20'],
  flags: {
    task: text('NAME', 'only this task', { short: 't' }),
    metric: text('NAME', 'only this metric'),
    filter: text('NAME', 'only this filter'),
    allowUnpaired: toggle('a verdict also where fewer than 95 % of the samples have a pair'),
    flips: number('N', 'list so many samples of each score that went up or down'),
  },
  output: true,
  async run(context, [baseline = '', candidate = ''], { task, metric, filter, allowUnpaired, flips = 0 }) {
    if (!Number.isInteger(flips) || flips < 0 || flips > 200) {
      throw new UsageError(`--flips should be an integer from 0 to 200, not ${flips}`);
    }
    const { output, terminal } = context;
    const client = await context.client();
    const [a, b] = [await resolveId(context, baseline), await resolveId(context, candidate)];
    const query = { a, b, task, metric, filter, allow_unpaired: allowUnpaired };
    const comparison = await client.compare(query, { signal: context.signal });
    if ((output.format === 'table' || output.format === 'wide') && output.columns === undefined) {
      const width = output.format === 'table' && terminal.isOutput ? terminal.width : null;
      const options = { width, color: terminal.color, header: output.header, flips };
      for (const line of compareLines(comparison, options)) context.print(line);
      return undefined;
    }
    await context.show<TaskComparison>({
      rows: comparison.comparisons,
      columns: exactColumns,
      name: scoreName,
      document: () => comparison,
    });
    return undefined;
  },
});
