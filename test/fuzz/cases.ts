import fc from 'fast-check';
import { jsonText, resultsText, samplesText } from './json.ts';
import { logText } from './logs.ts';
import { mutated } from './mutations.ts';

/** What the readers of a run's files are given: which of them, and the files by their names. */
export type Case = { target: Target | typeof faulty; files: { [name: string]: Buffer } };

/** What fails as it is asked to: without it nothing would say that failures are found. */
export const faulty = 'faulty';

export const targets = ['judge', 'results', 'samples', 'log', 'shown', 'progress', 'notes'] as const;
export type Target = (typeof targets)[number];

const results = mutated(resultsText);
const samples = mutated(samplesText);
const log = mutated(logText);
const note = mutated(fc.oneof(notes(), jsonText));

const files: { [target in Target]: fc.Arbitrary<Case['files']> } = {
  judge: fc.record({ 'results.json': results, 'samples.jsonl': samples, log }),
  results: fc.record({ 'results.json': results }),
  samples: fc.record({ 'samples.jsonl': samples }),
  log: fc.record({ log }),
  shown: fc.record({ log }),
  progress: fc.record({ log }),
  notes: fc.record({ 'prepared.json': note, 'harness.json': note, exit: note }),
};

/** Notes that evald writes itself, in a folder that the run can write to. */
function notes(): fc.Arbitrary<string> {
  const prepared = { output: '/out', ownOutput: true, log: '/out/log', before: ['a'], operatorOptions: [] };
  return fc.constantFrom(
    JSON.stringify(prepared),
    JSON.stringify({ name: 'lmms-eval', version: '0.5' }),
    '0 123.45\n',
    `${'9'.repeat(400)} ${'9'.repeat(400)}.1\n`,
    '137 1.5\n',
  );
}

/** The case of a seed: the same for the same versions of these generators. */
export function caseOf(seed: number, target: Target): Case {
  const [found] = fc.sample(files[target], { seed, numRuns: 1 });
  if (found === undefined) throw new Error('nothing was generated');
  return { target, files: found };
}

/** A case as it is kept: text of JSON, the files in base64. */
export const written = ({ target, files }: Case): string =>
  JSON.stringify({
    target,
    files: Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, bytes.toString('base64')])),
  });

/** @throws when it is none. */
export function readCase(text: string): Case {
  const { target, files } = JSON.parse(text) as { target: Target; files: { [name: string]: string } };
  if (!targets.includes(target)) throw new Error(`there is no target ${target}`);
  return {
    target,
    files: Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, Buffer.from(bytes, 'base64')])),
  };
}
