import { join } from 'node:path';
import { createFileCache } from '../../../files/fileCache.ts';
import { SilentFilesystem } from '../../../files/fileThreads.ts';
import { type OpenedFile, openRunFile, RefusedFile, type RunFolder } from '../../../files/openRunFile.ts';
import { EvaldError } from '../../../schemas/errors/errors.ts';
import type { SamplesPage, SamplesQuery } from '../../../schemas/results/samplesPage.ts';
import type { JsonValue } from '../../../schemas/values/json.ts';
import { parseExactly } from '../files/pythonJson.ts';
import { MOST_SAMPLES_BYTES } from '../files/samplesFile.ts';
import {
  indexSamples,
  type JudgedSamples,
  judgementOf,
  judgeSamples,
  LONGEST_SAMPLE,
  placesOf,
  type SamplesIndex,
  TooManySamples,
} from './indexSamples.ts';

/** Samples of all indexes that are kept: 16 bytes each. */
const MOST_INDEXED = 2_000_000;
/** Bytes of samples in a page; the first one may go beyond. */
const MOST_BYTES = 4 * 1024 * 1024;
/** Bytes shown of a sample that cannot be given. */
const SHOWN = 1_000;

/**
 * Makes what pages through samples files. A file is read through once for its index, and once more for what became of its
 * samples when a filter is asked for; after that a page costs what is in it. Indexes are kept for the files asked for last.
 */
export function createSamplesReader() {
  const indexOf = createFileCache<SamplesIndex>(MOST_INDEXED);
  const judgedOf = createFileCache<JudgedSamples>(MOST_INDEXED);

  /**
   * @param name the path of a samples file in its run's folder.
   * @throws EvaldError `outputMissing` when the file is gone, `outputUnreadable` when it is not to be read or has too many
   * samples.
   */
  return async (
    folder: RunFolder,
    name: string,
    task: string,
    { offset, limit, filter }: SamplesQuery,
  ): Promise<Omit<SamplesPage, 'partial'>> => {
    const path = join(folder.path, name);
    const file = await openRunFile(folder, name, MOST_SAMPLES_BYTES).catch((error) => {
      const isRefused = error instanceof RefusedFile || error instanceof SilentFilesystem;
      if (!isRefused) throw error;
      throw new EvaldError('outputUnreadable', `The samples of ${task} are not read: ${error.message}`);
    });
    if (file === null) throw new EvaldError('outputMissing', `The samples of ${task} are gone: ${path}`);
    try {
      const index = await indexOf(file.identity, async () => {
        const value = await indexSamples(file);
        return { value, weight: value.starts.length };
      });
      const judged =
        filter === undefined
          ? null
          : await judgedOf(file.identity, async () => {
              const value = await judgeSamples(file);
              return { value, weight: value.codes.length };
            });
      const wanted = judged === null || filter === undefined ? null : placesOf(judged, filter);
      const total = wanted?.length ?? index.starts.length;
      const positions = wanted?.slice(offset, offset + limit) ?? range(offset, Math.min(offset + limit, total));
      const samples = await readPage(file, index, positions);
      const next = offset + samples.length;
      return {
        task,
        total,
        offset,
        samples,
        next_offset: next < total ? next : null,
        undecided: judged?.counts.undecided ?? null,
        counts: judged?.counts ?? null,
        marks: judged && positions.slice(0, samples.length).map((index) => ({ index, ...judgementOf(judged, index) })),
      };
    } catch (error) {
      if (!(error instanceof TooManySamples)) throw error;
      throw new EvaldError('outputUnreadable', `The samples file ${path} cannot be paged through: ${error.message}`);
    } finally {
      await file.handle.close();
    }
  };
}

async function readPage(
  { handle }: OpenedFile,
  { starts, lengths }: SamplesIndex,
  positions: readonly number[],
): Promise<SamplesPage['samples']> {
  const samples: SamplesPage['samples'] = [];
  let bytes = 0;
  for (const position of positions) {
    const [start = 0, length = 0] = [starts[position], lengths[position]];
    const wanted = length > LONGEST_SAMPLE ? SHOWN : length;
    bytes += wanted;
    if (samples.length > 0 && bytes > MOST_BYTES) break;
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(wanted), 0, wanted, start);
    samples.push(sampleOf(buffer.toString('utf8', 0, bytesRead), length));
  }
  return samples;
}

function sampleOf(line: string, length: number): SamplesPage['samples'][number] {
  const cut = (reason: string) => ({ evald_cut: { reason, bytes: length, text: line.slice(0, SHOWN) } });
  if (length > LONGEST_SAMPLE) return cut(`it is longer than ${LONGEST_SAMPLE} bytes`);
  try {
    const value = parseExactly(line, null);
    return isSample(value) ? value : cut('it is no JSON object');
  } catch {
    return cut('it is no JSON');
  }
}

function isSample(value: unknown): value is Record<string, JsonValue> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function range(start: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - start) }, (_, index) => start + index);
}
