import type { SamplesPage } from '../../schemas/results/samplesPage.ts';
import { UsageError } from '../frame/exitCodes.ts';
import { number, toggle } from '../frame/flag.ts';
import { resolveId } from '../frame/ids.ts';
import type { Column } from '../frame/output/listing.ts';
import { defineVerb } from './verb.ts';

type Sample = SamplesPage['samples'][number];

const LARGEST_PAGE = 1_000;
const USUAL = 20;

/** Of these the first that a sample has is shown. Harnesses write different ones. */
const answers = ['filtered_resps', 'resps', 'response', 'prediction'];
const scores = ['exact_match', 'acc', 'accuracy', 'is_correct', 'correct', 'score'];

const columns: readonly Column<Sample>[] = [
  { name: 'doc', of: (sample) => shown(sample, ['doc_id', 'id']), right: true },
  { name: 'target', of: (sample) => shown(sample, ['target']), cut: true },
  { name: 'answer', of: (sample) => shown(sample, answers), cut: true },
  { name: 'score', of: (sample) => shown(sample, scores), cut: true },
  { name: 'input', of: (sample) => shown(sample, ['input', 'evald_cut']), cut: true },
];

export const verb = defineVerb({
  usage: 'ID [TASK] [OPTIONS]',
  words: [1, 2],
  about:
    'Prints the samples of a task of a job; TASK may be left out where there is one. JSON is a page as the API has it, jsonl the samples as the harness wrote them.',
  examples: [
    'evald samples @last demo_digits --wrong',
    'evald samples 3f0c4b1e mmmu_val --all -o jsonl > samples.jsonl',
  ],
  flags: {
    wrong: toggle('only samples whose score is 0 or false', { short: 'w' }),
    limit: number('N', `so many at most; ${USUAL} if left out`, { short: 'n' }),
    offset: number('N', 'samples to pass over'),
    all: toggle('all of them', { short: 'a' }),
  },
  output: true,
  async run(context, [word = '', given], { wrong, limit, offset = 0, all }) {
    const { signal, say } = context;
    const client = await context.client();
    const id = await resolveId(context, word);
    const task = given ?? onlyTask(Object.keys((await client.results(id, { signal })).samples));
    let last: SamplesPage | undefined;
    async function* pages(name: string): AsyncGenerator<Sample> {
      let left = all ? Number.POSITIVE_INFINITY : (limit ?? USUAL);
      for (let from = offset; left > 0; ) {
        const filter = wrong ? ('wrong' as const) : undefined;
        const query = { filter, offset: from, limit: Math.min(left, LARGEST_PAGE) };
        last = await client.samples(id, name, query, { signal });
        yield* last.samples;
        left -= last.samples.length;
        if (last.next_offset === null) return;
        from = last.next_offset;
      }
    }
    await context.show<Sample>({
      rows: pages(task),
      columns,
      name: (sample) => shown(sample, ['doc_id', 'id']),
      document: (samples) => last && { ...last, offset, samples },
      empty: wrong ? 'No sample is wrong.' : 'There are no samples.',
    });
    if (last?.undecided) say(`Of ${last.undecided} more no score says whether they are wrong.`);
    if (last?.partial) say('The job failed: these are the samples that it had saved until then.');
    if (last?.next_offset && context.terminal.isOutput)
      say(`Of ${last.total} in all. --all, or --offset ${last.next_offset}.`);
    return undefined;
  },
});

function onlyTask(tasks: readonly string[]): string {
  const [task] = tasks;
  if (task !== undefined && tasks.length === 1) return task;
  throw new UsageError(
    tasks.length === 0 ? 'The job has no samples' : `TASK is missing: ${tasks.join(', ')}`,
    tasks.length === 0 ? 'evald files ID' : `evald samples ID ${task}`,
  );
}

function shown(sample: Sample, names: readonly string[]): string {
  for (const name of names) {
    const value = (sample as Readonly<Record<string, unknown>>)[name];
    if (value !== undefined && value !== null) return flat(value);
  }
  return '';
}

/** The answer within lists of one: `[["4"]]`. */
function flat(value: unknown): string {
  if (Array.isArray(value) && value.length === 1) return flat(value[0]);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
