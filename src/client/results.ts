import type { z } from 'zod';
import { artifactsSchema } from '../schemas/results/artifacts.ts';
import { jobResultsSchema } from '../schemas/results/jobResults.ts';
import { samplesPageSchema, type samplesQuerySchema } from '../schemas/results/samplesPage.ts';
import { allPages } from './pages.ts';
import type { CallOptions, Requests } from './requests.ts';

/** Which samples are wanted. */
export type SamplesFilter = {
  filter?: z.input<typeof samplesQuerySchema>['filter'];
  /** Samples to pass over, of those that the filter lets through. */
  offset?: number | undefined;
  /** Samples a page, 1 to 1000. */
  limit?: number | undefined;
};

/** Bytes of a file: from `start`, 0 if left out, up to and with `end`; a negative `start` counts from the end. */
export type ByteRange = { start?: number | undefined; end?: number | undefined };

export type ArtifactOptions = CallOptions & { range?: ByteRange | undefined };

/** What jobs have found, and the files of their runs. */
export function createResultCalls({ ask, open }: Requests) {
  const samplesPage = (id: string, task: string, filter: SamplesFilter = {}, options: CallOptions = {}) =>
    ask(samplesPageSchema, { ...options, path: ['jobs', id, 'samples', task], query: filter });

  return {
    /** The numbers of a job, and what made them. */
    results: (id: string, options: CallOptions = {}) =>
      ask(jobResultsSchema, { ...options, path: ['jobs', id, 'results'] }),

    /** One page of the samples of a task. */
    samples: samplesPage,

    /** All samples of a task, page by page. */
    allSamples: (id: string, task: string, { offset, ...filter }: SamplesFilter = {}, options: CallOptions = {}) =>
      allPages(async (from) => {
        const { samples, next_offset } = await samplesPage(id, task, { ...filter, offset: from }, options);
        return { items: samples, next: next_offset };
      }, offset),

    /** The files of a run. */
    artifacts: (id: string, options: CallOptions = {}) =>
      ask(artifactsSchema, { ...options, path: ['jobs', id, 'artifacts'] }),

    /** A file of a run, to be read by the caller: `body`, `text()`, `arrayBuffer()`. @param path as the list has it. */
    artifact: (id: string, path: string, { range, ...options }: ArtifactOptions = {}): Promise<Response> =>
      open({ ...options, path: ['jobs', id, 'artifacts', path], headers: { range: rangeHeader(range) } }),
  };
}

/** The header that asks for a part of a file. */
export function rangeHeader(range: ByteRange | undefined): string | undefined {
  if (range === undefined) return undefined;
  const { start = 0, end } = range;
  return start < 0 ? `bytes=${start}` : `bytes=${start}-${end ?? ''}`;
}
