import type { Client, SamplesPage } from '../../../../client/index.ts';

/** Samples a page of the list. */
export const PAGE = 50;

export const filters = ['all', 'wrong', 'right', 'undecided', 'empty', 'failed'] as const;
export type Filter = (typeof filters)[number];

/** A page of the list, and of which job, task and filter it is. */
export type Loaded = Pick<SamplesPage, 'total' | 'offset' | 'samples' | 'partial'> & {
  of: string;
  task: string;
  counts: NonNullable<SamplesPage['counts']>;
  marks: NonNullable<SamplesPage['marks']>;
};

/** A page of the list, whole: the server sends less at a time where samples are long. */
export async function readPage(
  client: Client,
  id: string,
  task: string,
  filter: Filter,
  offset: number,
  signal: AbortSignal,
): Promise<Omit<Loaded, 'of' | 'task'>> {
  const first = await client.samples(id, task, { filter, offset, limit: PAGE }, { signal });
  const samples = [...first.samples];
  const marks = [...(first.marks ?? [])];
  for (let next = first.next_offset; next !== null && next < offset + PAGE; ) {
    const more = await client.samples(id, task, { filter, offset: next, limit: offset + PAGE - next }, { signal });
    samples.push(...more.samples);
    marks.push(...(more.marks ?? []));
    next = more.next_offset;
  }
  const counts = first.counts ?? { right: 0, wrong: 0, undecided: 0, empty: 0, failed: 0 };
  return { total: first.total, partial: first.partial, offset, samples, marks, counts };
}

/** How many samples a filter lets through. */
export const countOf = (counts: Loaded['counts'], filter: Filter): number =>
  filter === 'all' ? counts.right + counts.wrong + counts.undecided : counts[filter];
