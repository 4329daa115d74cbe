import { eachLine } from '../../../files/eachLine.ts';
import type { OpenedFile } from '../../../files/openRunFile.ts';
import { parsePythonJson } from '../../harnesses/lmmsEval/pythonJson.ts';
import { verdictOf } from './verdict.ts';

/** Bytes of the longest sample that is read: a page is held in memory. */
export const LONGEST_SAMPLE = 1024 * 1024;
const MOST_SAMPLES = 1_000_000;

/** Where the samples of a file are. Offsets and lengths are bytes, a place for each sample. */
export type SamplesIndex = {
  starts: readonly number[];
  lengths: readonly number[];
};

/** Which samples of a file are wrong, by their places, and how many do not say. */
export type WrongSamples = { places: readonly number[]; undecided: number };

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

/** Finds the wrong ones, as `indexSamples`. A sample that is too long or no JSON says nothing. */
export async function findWrong({ handle }: OpenedFile): Promise<WrongSamples> {
  const places: number[] = [];
  let place = 0;
  let undecided = 0;
  await eachLine(handle, LONGEST_SAMPLE, ({ length, bytes }) => {
    if (length === 0) return;
    if (place === MOST_SAMPLES) throw new TooManySamples();
    const verdict = bytes === null ? null : verdictOf(parsed(bytes));
    if (verdict === 'wrong') places.push(place);
    if (verdict === null) undecided += 1;
    place += 1;
  });
  return { places, undecided };
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
