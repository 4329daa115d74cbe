import { act } from '../frame/act.ts';
import { toggle } from '../frame/flag.ts';
import { defineVerb } from './verb.ts';

export const verb = defineVerb({
  usage: 'ID… [OPTIONS]',
  words: [1, 10_000],
  about: 'Queues the requests of ended jobs again, each as a new job. One whose retry waits or runs is not repeated.',
  examples: [
    'evald retry @last-failed --missing',
    'evald retry label:run=r7 --dry-run',
    'id=$(evald retry 3f0c4b1e -o name)',
  ],
  flags: {
    missing: toggle('only the tasks that have no results'),
    dryRun: toggle('only say what would become of each job'),
  },
  output: true,
  run: (context, words, { missing, dryRun }) =>
    act(context, words, { action: 'retry', ...(missing && { missing }), dry_run: dryRun }),
});
