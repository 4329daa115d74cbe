import { isAbsolute, resolve } from 'node:path';
import type { ImportAnswer } from '../../schemas/scores/imports.ts';
import { shortId } from '../../text/jobs.ts';
import type { Context } from '../frame/context.ts';
import { exitCodes, UsageError } from '../frame/exitCodes.ts';
import { texts } from '../frame/flag.ts';
import { readPairs } from '../submission/values.ts';
import { defineVerb } from './verb.ts';

/** A results file, and what became of it. */
type Row = { file: string; id: string | null; harness: string | null; model: string | null; note: string };

export const verb = defineVerb({
  usage: 'DIR [OPTIONS]',
  words: [1, 1],
  about:
    'Takes results of earlier runs of lmms-eval and lm-eval, in and below a folder, into the record: each becomes a completed job that is marked as imported. The files stay where and as they are. What was imported before is skipped. DIR is a folder on the server: where that is another machine, an absolute path.',
  examples: ['evald import results/2025 --label run=r6', 'evald import /results -o json | jq .skipped'],
  flags: { label: texts('K=V', 'a label for all of them; may be given several times', { short: 'l' }) },
  output: true,
  async run(context, [dir = ''], { label }) {
    const client = await context.client();
    const labels = readPairs('--label', label, { list: false }) as { [name: string]: string | number };
    const answer = await client.importRuns({ dir: onServer(context, dir), labels }, { signal: context.signal });
    const rows = rowsOf(answer);
    await context.show<Row>({
      rows,
      columns: [
        { name: 'id', of: ({ id }) => id && shortId(id) },
        { name: 'harness', of: ({ harness }) => harness },
        { name: 'model', of: ({ model }) => model, cut: true },
        { name: 'note', of: ({ note }) => note, cut: true },
        { name: 'file', of: ({ file }) => file, cut: true },
        { name: 'job_id', of: ({ id }) => id, wide: true },
      ],
      name: ({ id, file }) => id ?? file,
      document: () => answer,
      empty: 'There are no results of lmms-eval or lm-eval in it.',
    });
    if (rows.length === 0) return exitCodes.failed;
    context.say(`${countOf(answer.imported.length)} imported, ${answer.skipped.length} skipped.`);
    return exitCodes.ok;
  },
});

const countOf = (runs: number): string => (runs === 1 ? '1 run' : `${runs} runs`);

function rowsOf({ imported, skipped }: ImportAnswer): Row[] {
  return [
    ...imported.map(({ job_id, file, harness, model, tasks }) => ({
      ...{ file, id: job_id, harness, model },
      note: tasks.join(','),
    })),
    ...skipped.map(({ file, reason }) => ({ file, id: null, harness: null, model: null, note: `skipped: ${reason}` })),
  ];
}

const HERE = new Set(['localhost', '127.0.0.1', '[::1]']);

/** The folder as the server knows it. @throws UsageError when that is another machine, which knows no folder of this one. */
function onServer(context: Context, dir: string): string {
  if (isAbsolute(dir)) return dir;
  const { url } = context.server();
  if (HERE.has(new URL(url).hostname)) return resolve(dir);
  throw new UsageError(`import: ${JSON.stringify(dir)} should be an absolute path of a folder on the server`);
}
