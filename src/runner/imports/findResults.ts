import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { throughGate } from '../../files/fileThreads.ts';
import { listFolder } from '../../files/listFolder.ts';
import { rootOf } from '../../files/openRunFile.ts';
import type { FoundResults, ImportReader } from '../../machines/ports/imports.ts';
import { harnessOf, readLmEvalName, samplesTask } from '../../schemas/results/samplesName.ts';
import { lmmsEvalOutput } from '../harnesses/lmmsEval/output.ts';

/** Files of results and of samples, and names looked at: a folder may have any number. */
const MOST_FILES = 50_000;
const MOST_LOOKS = 200_000;

/** What the name of a file says of the run that wrote it. */
type Named = { harness: FoundResults['harness']; kind: 'results' | 'samples'; stamp: string };

/** As `ImportReader.findResults`, in this thread. Results that were written first come first, as far as their names say. */
export async function findResults(dir: string): ReturnType<ImportReader['findResults']> {
  const listing = await throughGate({ folder: dir, path: dir }, async () => {
    const root = await rootOf({ path: dir, isOwn: false });
    if (!(await stat(root)).isDirectory()) throw Object.assign(new Error(`${dir} is no folder`), { code: 'ENOTDIR' });
    return listFolder(root, MOST_FILES, { mostLooks: MOST_LOOKS, isWanted: (name) => readName(name) !== null });
  });
  const files = listing.files.flatMap(({ path }) => {
    const named = readName(basename(path));
    return named === null ? [] : [{ path, ...named }];
  });
  const runOf = ({ path, stamp, harness }: { path: string } & Named) => `${harness} ${stamp} ${dirname(path)}`;
  const samples = Map.groupBy(
    files.filter(({ kind }) => kind === 'samples'),
    runOf,
  );
  const found = files
    .filter(({ kind }) => kind === 'results')
    .sort((one, other) => compare(digits(one.stamp), digits(other.stamp)) || compare(one.path, other.path))
    .map((file) => ({
      path: file.path,
      harness: file.harness,
      samples: (samples.get(runOf(file)) ?? []).map(({ path }) => path),
    }));
  return { found, isCut: listing.isCut };
}

/** Stamps of both harnesses, from the year on. */
const digits = (stamp: string): string => stamp.replaceAll(/\D/g, '');
const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

function readName(name: string): Named | null {
  const ofLmEval = readLmEvalName(name);
  if (ofLmEval !== null) {
    return { harness: harnessOf(name), kind: ofLmEval.task === null ? 'results' : 'samples', stamp: ofLmEval.stamp };
  }
  const ofLmmsEval = lmmsEvalOutput.readPath(name);
  if (ofLmmsEval === null || ofLmmsEval.kind === 'log' || (ofLmmsEval.kind === 'samples' && samplesTask(name) === ''))
    return null;
  return { harness: 'lmms-eval', kind: ofLmmsEval.kind, stamp: ofLmmsEval.stamp };
}
