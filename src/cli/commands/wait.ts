import { shortId } from '../../text/jobs.ts';
import { exitCodes, UsageError } from '../frame/exitCodes.ts';
import { choice, duration, toggle } from '../frame/flag.ts';
import { resolveIds } from '../frame/ids.ts';
import { plain } from '../frame/output/cells.ts';
import { reconnecting } from '../watch/reconnecting.ts';
import { failureText, headlines } from '../watch/scores.ts';
import { defineVerb } from './verb.ts';

const flags = {
  for: choice(['ended', 'completed'], 'completed if left out; ended: in whatever way'),
  any: toggle('until one of them has'),
  all: toggle('until all of them have; so if left out'),
  timeout: duration('TIME', 'as 90s, 15m, 2h: then it ends with exit code 6'),
};

export const verb = defineVerb({
  usage: 'ID… [OPTIONS]',
  words: [1, Number.POSITIVE_INFINITY],
  about:
    'Waits until jobs have ended or completed, through restarts of the server, and says nothing on standard output. It ends with exit code 1 as soon as what it waits for cannot come any more.',
  examples: ['evald wait @last && evald results @last', 'evald wait label:run=r7 --for ended --timeout 2h'],
  flags,
  output: false,
  async run(context, words, { for: wanted = 'completed', any, all, timeout }) {
    if (any && all) throw new UsageError('--any and --all: one of them', 'evald wait --help');
    const { signal, say } = context;
    const client = await context.client();
    const ids = await resolveIds(context, words);
    const { met } = await client.wait(ids, {
      for: wanted,
      mode: any ? 'any' : 'all',
      signal,
      timeout: timeout === undefined ? undefined : timeout * 1_000,
      onJob: (job) => {
        if (job.completed_at === null) return;
        const what =
          job.status === 'failed' ? `failed: ${failureText(job)}` : [job.status, ...headlines(job)].join('  ');
        say(`${shortId(job.job_id)} ${plain(job.request.model)}  ${what}`);
      },
      onTask: ({ job_id, data }) =>
        say(
          plain(`${shortId(job_id)} task ${data['task']} ${data['status']}${data['kind'] ? `: ${data['kind']}` : ''}`),
        ),
      onConnection: reconnecting(say),
    });
    return met ? exitCodes.ok : exitCodes.failed;
  },
});
