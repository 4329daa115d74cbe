import type { FeedItem } from '../../client/events.ts';
import { shortId } from '../../text/jobs.ts';
import { UsageError } from '../frame/exitCodes.ts';
import { number, toggle } from '../frame/flag.ts';
import { resolveId } from '../frame/ids.ts';
import { plain } from '../frame/output/cells.ts';
import { reconnecting } from '../watch/reconnecting.ts';
import { defineVerb } from './verb.ts';

const flags = {
  follow: toggle('goes on with what comes; without --after from now on', { short: 'f' }),
  after: number('N', 'only those after event N; 0, so without --follow: all that are kept'),
};

export const verb = defineVerb({
  usage: '[ID] [OPTIONS]',
  words: [0, 1],
  about:
    'Prints what happened to jobs, a line an event, in order and without a gap: of one job, or of all. With -o jsonl each event as the API has it.',
  examples: ['evald events -f -o jsonl | jq -c .type', 'evald events @last'],
  flags,
  output: true,
  async run(context, [word], { follow, after }) {
    if (after !== undefined && !(Number.isSafeInteger(after) && after >= 0)) {
      throw new UsageError('--after should be the number of an event, from 0');
    }
    const { signal, say } = context;
    const client = await context.client();
    const job = word === undefined ? undefined : await resolveId(context, word);
    const start = after ?? (follow && job === undefined ? undefined : 0);
    const items = client.events({ job, after: start, follow, signal, onConnection: reconnecting(say) });
    if (context.output.format === 'table' || context.output.format === 'wide') {
      // A line as it comes: a table would wait for the last one.
      for await (const item of items) {
        context.print(lineOf(item));
        await context.drained();
      }
      return undefined;
    }
    await context.show({ rows: items, columns, name: (item) => (item.type === 'gap' ? '' : String(item.number)) });
    return undefined;
  },
});

const columns = [
  { name: 'number', of: (item: FeedItem) => (item.type === 'gap' ? item.from : item.number), right: true },
  { name: 'at', of: (item: FeedItem) => (item.type === 'gap' ? null : item.at) },
  { name: 'job_id', of: (item: FeedItem) => (item.type === 'gap' ? null : item.job_id) },
  { name: 'type', of: (item: FeedItem) => item.type },
  { name: 'by', of: (item: FeedItem) => (item.type === 'gap' ? null : item.who) },
  { name: 'data', of: (item: FeedItem) => (item.type === 'gap' ? null : JSON.stringify(item.data)) },
] as const;

/** `41  2026-11-24 02:06:04  0f9c1d2e  submitted  model=random tasks=demo_digits`. */
function lineOf(item: FeedItem): string {
  if (item.type === 'gap') return `${item.from} to ${item.to} are no longer kept`;
  const { number, at, job_id: id, type, data, who } = item;
  const texts = Object.entries(data).map(
    ([name, value]) =>
      `${name}=${Array.isArray(value) ? value.join(',') : typeof value === 'object' ? JSON.stringify(value) : value}`,
  );
  if (who !== null) texts.push(`by=${who}`);
  const time = at.slice(0, 19).replace('T', ' ');
  return plain([number, time, shortId(id), type.padEnd(13), ...texts].join('  ')).trimEnd();
}
