import { eachLine } from '../../../files/eachLine.ts';
import { openRunFile, type RunFolder } from '../../../files/openRunFile.ts';
import { isRight, sampleAnswer } from '../samples/answer.ts';
import { parsePythonJson } from './pythonJson.ts';

/** Bytes of a samples file: a run may make one of any size, which takes no room. */
export const MOST_SAMPLES_BYTES = 64 * 1024 ** 3;
/** Bytes of the longest sample that is looked into. */
const LONGEST_SAMPLE = 16 * 1024 * 1024;
/** Samples of which the ids are kept: a byte each where they are known to be numbers from 0, else some 40. */
const MOST_IDS = 20_000_000;
const MOST_UNKNOWN_IDS = 1_000_000;
/** Keys of a sample that are lmms-eval's own: a metric of such a name cannot be seen in it. */
const RESERVED = new Set(['doc_id', 'doc', 'target', 'arguments', 'resps', 'filtered_resps', 'token_counts', 'input']);

/** What the results say of the samples of a task. */
export type Claim = {
  /** Ids of the samples: from the first one on, so many; null when the results do not say. */
  ids: { first: number; count: number } | null;
  /** Filters of the task: each has a row for every sample. */
  filters: number;
  metrics: ReadonlySet<string>;
};

type Counts = { rows: number; failed: number; empty: number };

/** What a samples file has. Counts are of rows: one a sample and filter. */
export type SamplesContent = Counts & {
  /** Empty answers that were not scored as right. */
  silent: number;
  /** Requests that failed: several where a sample has several answers. */
  failures: number;
  /** Rows that say that their judgement failed. */
  unjudged: number;
  /** Rows without a count of tokens, which an answer from a cache has none of. */
  uncounted: number;
  metrics: ReadonlyMap<string, Counts>;
  /** The harness's words of the first answer that failed. */
  first: string | null;
  /** What is wrong with it; null when it is as the results say. */
  fault: string | null;
  /** Rows too long to be looked into: nothing is known of their answers. */
  unread: number;
};

/**
 * Reads through a samples file, in constant memory but for a byte a sample.
 *
 * @param name its path in the run's folder. @returns null when there is none. @throws as `openRunFile`.
 */
export async function readSamplesFile(folder: RunFolder, name: string, claim: Claim): Promise<SamplesContent | null> {
  const file = await openRunFile(folder, name, MOST_SAMPLES_BYTES);
  if (file === null) return null;
  try {
    const last = Buffer.alloc(1);
    if (file.size > 0) await file.handle.read(last, 0, 1, file.size - 1);
    const isEnded = file.size === 0 || last[0] === 0x0a;
    const ids = createIds(claim);
    const metrics = new Map([...claim.metrics].map((name) => [name, none()]));
    const content = {
      ...none(),
      silent: 0,
      failures: 0,
      unjudged: 0,
      uncounted: 0,
      unread: 0,
      first: null as string | null,
    };
    let damaged: string | null = null;
    let number = 0;
    await eachLine(file.handle, LONGEST_SAMPLE, ({ length, bytes }) => {
      number += 1;
      if (length === 0) return;
      content.rows += 1;
      if (bytes === null) {
        content.unread += 1;
        return;
      }
      const sample = parsed(bytes);
      if (sample === null) {
        damaged ??= `line ${number} is no sample`;
        return;
      }
      ids.add(sample['doc_id']);
      if (hasNoTokens(sample['token_counts'])) content.uncounted += 1;
      const answer = sampleAnswer(sample);
      const counted = [content, ...carriedBy(sample, metrics)];
      if (answer.kind === 'failed') {
        content.first ??= answer.words;
        content.failures += answer.times;
        if (answer.times === 0) content.unjudged += 1;
      }
      if (answer.kind === 'empty' && !isRight(sample)) content.silent += 1;
      for (const counts of counted) {
        if (counts !== content) counts.rows += 1;
        if (answer.kind !== 'answered') counts[answer.kind] += 1;
      }
    });
    const cut = damaged !== null && !isEnded ? `it is cut off: ${damaged}` : damaged;
    return { ...content, metrics, fault: cut ?? countFault(content.rows, claim) ?? ids.fault(content.unread) };
  } finally {
    await file.handle.close();
  }
}

const none = (): Counts => ({ rows: 0, failed: 0, empty: 0 });

function parsed(line: Buffer): Record<string, unknown> | null {
  try {
    const value = parsePythonJson(line.toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

/** A metric that a sample has as null was not measured of it. */
function* carriedBy(sample: Record<string, unknown>, metrics: ReadonlyMap<string, Counts>): Generator<Counts> {
  for (const [name, counts] of metrics) {
    if (!RESERVED.has(name) && Object.hasOwn(sample, name) && (sample[name] ?? null) !== null) yield counts;
  }
}

function hasNoTokens(counts: unknown): boolean {
  return counts === undefined || (Array.isArray(counts) && counts.every((count) => count === null));
}

function countFault(rows: number, { ids, filters }: Claim): string | null {
  if (ids === null || rows === ids.count * filters) return null;
  const each = filters === 1 ? '' : `, each once for ${filters} filters`;
  return `it has ${rows} rows, and the results say ${ids.count} samples${each}`;
}

/** Keeps which samples there were, and how often. */
function createIds({ ids, filters }: Claim) {
  const numbers = ids !== null && ids.count <= MOST_IDS ? new Uint8Array(ids.count) : null;
  const others = new Map<string, number>();
  let fault: string | null = null;

  const noteTimes = (id: unknown, times: number) => {
    if (times > filters) fault ??= `sample ${JSON.stringify(id)} is there more often than once a filter`;
  };

  return {
    add(id: unknown): void {
      const at = typeof id === 'number' && ids !== null ? id - ids.first : -1;
      if (numbers !== null && Number.isInteger(at) && at >= 0 && at < numbers.length) {
        numbers[at] = Math.min((numbers[at] ?? 0) + 1, 255);
        noteTimes(id, numbers[at] ?? 0);
      } else if (numbers !== null) {
        fault ??= `sample ${JSON.stringify(id)?.slice(0, 100)} is none of those that the results say`;
      } else if ((typeof id === 'string' && id.length < 100) || Number.isSafeInteger(id)) {
        const key = `${typeof id} ${id}`;
        const times = (others.get(key) ?? 0) + 1;
        if (others.size < MOST_UNKNOWN_IDS || times > 1) others.set(key, times);
        // How many filters there are is known from the results.
        noteTimes(id, times);
      }
    },
    fault: (unread: number): string | null => (unread > 0 ? null : fault),
  };
}
