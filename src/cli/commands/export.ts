import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { ScoresFilter } from '../../client/scores.ts';
import type { Score } from '../../schemas/scores/score.ts';
import { scoreName } from '../../text/comparison.ts';
import type { Context } from '../frame/context.ts';
import { UsageError } from '../frame/exitCodes.ts';
import { text } from '../frame/flag.ts';
import { resolveIds } from '../frame/ids.ts';
import type { Listing } from '../frame/output/listing.ts';
import { show } from '../frame/output/show.ts';
import { toFile } from '../frame/output/toFile.ts';
import { exportColumns } from '../scores/exportColumns.ts';
import { scoresFilter, scoresFlags } from '../scores/scoresFlags.ts';
import { defineVerb } from './verb.ts';

/** What the server writes; else it is made of rows here. */
const served = ['csv', 'json', 'md', 'parquet'] as const;

export const verb = defineVerb({
  usage: '[ID…] [OPTIONS]',
  words: [0, 10_000],
  about:
    'Prints the scores of many jobs as one long table, a row a number, with what made it: CSV, if -o says nothing else. Without ID those of all jobs that completed, also of those whose files are gone.',
  examples: [
    'evald export --label run=r7 > r7.csv',
    'evald export -t mmmu_val -o parquet --file mmmu.parquet',
    'evald export @last -o jsonl',
  ],
  flags: {
    task: text('NAME', 'only scores of this task', { short: 't' }),
    ...scoresFlags,
    metric: text('NAME', 'only this metric'),
    filter: text('NAME', 'only this filter'),
    file: text('FILE', 'into this file, in place of what is there'),
  },
  output: true,
  parquet: true,
  format: 'csv',
  async run(context, given, { task, metric, filter, file, ...flags }) {
    const { output, terminal, signal } = context;
    const query = { ...scoresFilter(flags), task, metric, filter };
    const isPlain = output.columns === undefined && output.header;
    if (output.format === 'parquet') {
      if (!isPlain) throw new UsageError('-o parquet has all columns, and their names');
      if (file === undefined && terminal.isOutput) {
        throw new UsageError('-o parquet is nothing for a terminal', 'the same with --file scores.parquet');
      }
    } else if (file?.endsWith('.parquet')) {
      throw new UsageError(`--file ${file} would be ${output.format}`, 'the same with -o parquet');
    }
    const ids = given.length === 0 ? [undefined] : await resolveIds(context, given);
    const format = served.find((each) => each === output.format);
    const [only] = ids;
    // A terminal does not get the bytes as they are: names of models and tasks may be meant to steer it.
    if (format !== undefined && isPlain && ids.length === 1 && (file !== undefined || !terminal.isOutput)) {
      const client = await context.client();
      const answer = await client.exportScores(format, { ...query, job: only }, { signal, timeout: null });
      await take(context, answer, file);
      return undefined;
    }
    if (output.format === 'parquet') throw new UsageError('-o parquet takes one ID, or a filter as --label run=r7');
    const listing: Listing<Score> = {
      rows: rowsOf(context, ids, query),
      columns: exportColumns,
      name: (score) => `${score.job_id} ${scoreName(score)}`,
    };
    if (file === undefined) await context.show(listing);
    else await showInto(context, listing, file);
    return undefined;
  },
});

async function* rowsOf(
  context: Context,
  ids: readonly (string | undefined)[],
  query: ScoresFilter,
): AsyncGenerator<Score> {
  const client = await context.client();
  for (const job of ids) yield* client.allScores({ ...query, job }, { signal: context.signal });
}

/** Writes rows into a file, in the format that was asked for. */
async function showInto(context: Context, listing: Listing<Score>, file: string): Promise<void> {
  const { output, say, signal } = context;
  const lines = new PassThrough();
  const written = toFile(file, lines, signal);
  const drained = async () => {
    if (lines.writableNeedDrain) await once(lines, 'drain', { signal });
  };
  const print = (line: string) => void lines.write(`${line}\n`);
  try {
    await show(listing, { output, width: null, color: false, print, drained, say });
    lines.end();
  } catch (error) {
    lines.destroy(error instanceof Error ? error : undefined);
  }
  await written;
  context.print(file);
}

/** Hands on what the server writes: into a file, or to standard output. */
async function take(context: Context, { body }: Response, file: string | undefined): Promise<void> {
  const pieces = body ?? [];
  if (file !== undefined) {
    await toFile(file, pieces, context.signal);
    context.print(file);
    return;
  }
  for await (const piece of pieces) {
    context.write(piece);
    await context.drained();
  }
}
