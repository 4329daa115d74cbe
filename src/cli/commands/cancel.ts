import { act } from '../frame/act.ts';
import { toggle } from '../frame/flag.ts';
import { defineVerb } from './verb.ts';

export const verb = defineVerb({
  usage: 'ID… [OPTIONS]',
  words: [1, 10_000],
  about: 'Takes back jobs that wait. One that is cancelled already stays so; one that runs is refused: evald stop.',
  examples: ['evald cancel 3f0c4b1e', 'evald cancel label:run=r7 --dry-run'],
  flags: { dryRun: toggle('only say what would become of each job') },
  output: true,
  run: (context, words, { dryRun }) => act(context, words, { action: 'cancel', dry_run: dryRun }),
});
