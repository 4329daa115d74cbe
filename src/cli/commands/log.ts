import { UsageError } from '../frame/exitCodes.ts';
import { number, text, toggle } from '../frame/flag.ts';
import { resolveId } from '../frame/ids.ts';
import { reconnecting } from '../watch/reconnecting.ts';
import { defineVerb } from './verb.ts';

const MOST = 100_000;

const flags = {
  follow: toggle('goes on with what comes, until the job has ended', { short: 'f' }),
  tail: number('N', 'only the last lines, so many', { short: 'n' }),
  task: text('NAME', 'of a split job the log of this task; else the one that was begun last'),
  attempt: number('N', 'of a job that was tried again the log of this attempt; else of the last one'),
  raw: toggle('as it is on disk, with colours and overwritten progress bars'),
};

export const verb = defineVerb({
  usage: 'ID [OPTIONS]',
  words: [1, 1],
  about:
    'Prints the log of a run: its own, or what Slurm or Ray has of it. Of a job that waits --follow begins when it runs; across restarts of the server it goes on where it was.',
  examples: ['evald log @last-failed --tail 40', 'evald log 3f2a -f | grep --line-buffered loss'],
  flags,
  output: false,
  async run(context, [word = ''], { follow, tail, task, attempt, raw }) {
    if (tail !== undefined && !(Number.isInteger(tail) && tail >= 1 && tail <= MOST)) {
      throw new UsageError(`--tail should be a number of lines from 1 to ${MOST}`);
    }
    const { signal, say } = context;
    const client = await context.client();
    const id = await resolveId(context, word);
    const view = { tail, task, attempt, raw: raw || undefined, signal };
    const pieces = follow
      ? client.followLog(id, { ...view, onConnection: reconnecting(say) })
      : client.logText(id, view);
    for await (const piece of pieces) {
      context.write(piece);
      await context.drained();
    }
    return undefined;
  },
});
