import { toggle } from '../frame/flag.ts';
import { resolveIds } from '../frame/ids.ts';
import { watchJobs } from '../watch/watchJobs.ts';
import { defineVerb } from './verb.ts';

const flags = {
  compact: toggle('one line a job, also where there is room for two', { short: 'c' }),
  exitStatus: toggle('exit code 1 when a job failed or was cancelled; else 0 when all have ended'),
};

export const verb = defineVerb({
  usage: '[ID…] [OPTIONS]',
  words: [0, Number.POSITIVE_INFINITY],
  about:
    'Shows jobs until they have ended: bars for what runs, positions for what waits, scores for what completed. Without ID all that run or wait, until nothing does. Where there is no terminal a line a change. Ctrl-C leaves the jobs alone.',
  examples: ['evald watch @last', 'evald watch label:run=r7 --exit-status && evald results @last'],
  flags,
  output: false,
  async run(context, words, { compact, exitStatus }) {
    const ids = words.length === 0 ? null : await resolveIds(context, words);
    return watchJobs(context, ids, { isCompact: compact, isStrict: exitStatus });
  },
});
