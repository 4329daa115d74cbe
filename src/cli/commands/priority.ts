import { act } from '../frame/act.ts';
import { UsageError } from '../frame/exitCodes.ts';
import { toggle } from '../frame/flag.ts';
import { defineVerb } from './verb.ts';

export const verb = defineVerb({
  usage: 'NUMBER ID… [OPTIONS]',
  words: [2, 10_000],
  about:
    'Gives jobs that wait another priority, from -100 to 100: higher ones start first. Within one they start in the order in which they came.',
  examples: ['evald priority 10 3f0c4b1e', 'evald priority -5 label:run=r7'],
  flags: { dryRun: toggle('only say what would become of each job') },
  output: true,
  run: (context, [number = '', ...ids], { dryRun }) => {
    const priority = Number(number);
    if (!/^[+-]?\d{1,3}$/.test(number) || Math.abs(priority) > 100) {
      throw new UsageError(
        `priority: NUMBER should be an integer from -100 to 100, not ${JSON.stringify(number)}`,
        `evald priority 10 ${ids.join(' ')}`,
      );
    }
    return act(context, ids, { action: 'reprioritise', priority, dry_run: dryRun });
  },
});
