import { eachLine } from '../../../files/eachLine.ts';
import type { OpenedFile } from '../../../files/openRunFile.ts';
import type { SampleMark, SamplesPage, SamplesQuery } from '../../../schemas/results/samplesPage.ts';
import { parsePythonJson } from '../files/pythonJson.ts';
import { sampleAnswer } from './answer.ts';
import { verdictOf } from './verdict.ts';

/** Bytes of the longest sample that is read: a page is held in memory. */
export const LONGEST_SAMPLE = 1024 * 1024;
const MOST_SAMPLES = 1_000_000;

/** Where the samples of a file are. Offsets and lengths are bytes, a position for each sample. */
export type SamplesIndex = {
  starts: readonly number[];
  lengths: readonly number[];
};

type Judgement = Omit<SampleMark, 'index'>;
type Filter = NonNullable<SamplesQuery['filter']>;

const verdicts = ['right', 'wrong', 'undecided'] as const;
const answers = ['answered', 'empty', 'failed'] as const;

/** What became of each sample of a file, a byte a sample: there may be a million. */
export type JudgedSamples = { codes: Uint8Array; counts: NonNullable<SamplesPage['counts']> };

const codeOf = ({ verdict, answer }: Judgement): number =>
  verdicts.indexOf(verdict) * answers.length + answers.indexOf(answer);

/** What became of one sample. */
export const judgementOf = ({ codes }: JudgedSamples, position: number): Judgement =>
  judgementOfCode(codes[position] ?? 0);

const judgementOfCode = (code: number): Judgement => ({
  verdict: verdicts[Math.floor(code / answers.length)] ?? 'undecided',
  answer: answers[code % answers.length] ?? 'answered',
});

/** Which samples a filter lets through, by their positions. */
export function placesOf({ codes }: JudgedSamples, filter: Filter): number[] {
  const isWanted = Array.from({ length: verdicts.length * answers.length }, (_, code) => {
    const { verdict, answer } = judgementOfCode(code);
    return filter === 'all' || filter === verdict || filter === answer;
  });
  const positions: number[] = [];
  for (const [position, code] of codes.entries()) if (isWanted[code]) positions.push(position);
  return positions;
}

/** Finds the samples of a file. Reads it once, in constant memory a line. @throws when there are too many. */
export async function indexSamples({ handle }: OpenedFile): Promise<SamplesIndex> {
  const starts: number[] = [];
  const lengths: number[] = [];
  await eachLine(handle, 0, ({ start, length }) => {
    if (length === 0) return;
    if (starts.length === MOST_SAMPLES) throw new TooManySamples();
    starts.push(start);
    lengths.push(length);
  });
  return { starts, lengths };
}

/** Judges each, as `indexSamples`. Of a sample that is too long or no JSON nothing is decided. */
export async function judgeSamples({ handle }: OpenedFile): Promise<JudgedSamples> {
  const codes: number[] = [];
  const counts = { right: 0, wrong: 0, undecided: 0, empty: 0, failed: 0 };
  await eachLine(handle, LONGEST_SAMPLE, ({ length, bytes }) => {
    if (length === 0) return;
    if (codes.length === MOST_SAMPLES) throw new TooManySamples();
    const judgement = judge(bytes === null ? null : parsed(bytes));
    counts[judgement.verdict] += 1;
    if (judgement.answer !== 'answered') counts[judgement.answer] += 1;
    codes.push(codeOf(judgement));
  });
  return { codes: Uint8Array.from(codes), counts };
}

function judge(sample: unknown): Judgement {
  const isObject = typeof sample === 'object' && sample !== null && !Array.isArray(sample);
  return {
    verdict: verdictOf(sample) ?? 'undecided',
    answer: isObject ? sampleAnswer(sample as Record<string, unknown>).kind : 'answered',
  };
}

/** More than are indexed; the message is for the client. */
export class TooManySamples extends Error {
  constructor() {
    super(`it has more than ${MOST_SAMPLES} samples`);
  }
}

function parsed(line: Buffer): unknown {
  try {
    return parsePythonJson(line.toString());
  } catch {
    return null;
  }
}
