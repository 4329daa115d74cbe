import type { JobResults } from '../../schemas/results/jobResults.ts';
import { shortId } from '../../text/jobs.ts';
import { type Score, scoresOf } from '../../text/scores.ts';
import { toggle } from '../frame/flag.ts';
import { resolveIds } from '../frame/ids.ts';
import { scoreColumns } from '../frame/scores.ts';
import { defineVerb } from './verb.ts';

type Row = Score & { job_id: string; model: string };

export const verb = defineVerb({
  usage: 'ID… [OPTIONS]',
  words: [1, 10_000],
  about:
    'Prints the scores of jobs: value, standard error, samples, and how many answers failed or are empty. JSON is /jobs/ID/results, of several jobs a list.',
  examples: ['evald results @last', 'evald results label:run=r7 -o csv > r7.csv'],
  flags: { merged: toggle('of a retry: together with the jobs that it repeats') },
  output: true,
  async run(context, words, { merged }) {
    const client = await context.client();
    const found: JobResults[] = [];
    for (const id of await resolveIds(context, words)) found.push(await client.results(id, { signal: context.signal }));
    const rows = found.flatMap(({ job_id, model, metrics, merged: all }) =>
      scoresOf(merged && all !== null ? all.metrics : metrics).map((score): Row => ({ job_id, model, ...score })),
    );
    const isExact = context.output.format === 'csv';
    await context.show<Row>({
      rows,
      columns: [
        {
          name: 'id',
          of: ({ job_id }) => shortId(job_id),
          ...(found.length === 1 && { wide: true as const }),
        },
        { name: 'model', of: ({ model }) => model, cut: true, ...(found.length === 1 && { wide: true as const }) },
        ...scoreColumns<Row>(isExact),
      ],
      name: ({ job_id, task, metric }) => `${job_id} ${task} ${metric}`,
      document: () => (found.length === 1 ? found[0] : found),
      empty: 'There are no scores.',
    });
    for (const { job_id, partial, failure_kind, warnings } of found) {
      const id = shortId(job_id);
      if (partial) context.say(`${id} failed (${failure_kind}): this is what it had measured until then.`);
      for (const warning of warnings) context.say(`${id}: ${warning}`);
    }
    return undefined;
  },
});
