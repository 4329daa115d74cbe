import { act } from '../frame/act.ts';
import { toggle } from '../frame/flag.ts';
import { defineVerb } from './verb.ts';

export const verb = defineVerb({
  usage: 'ID… [OPTIONS]',
  words: [1, 10_000],
  about:
    'Ends jobs that run: each fails as `stopped` when no process of it is left. What it had measured is kept. One that waits is refused: evald cancel.',
  examples: ['evald stop 3f0c4b1e', 'evald stop @last'],
  flags: { dryRun: toggle('only say what would become of each job') },
  output: true,
  run: (context, words, { dryRun }) => act(context, words, { action: 'stop', dry_run: dryRun }),
});
