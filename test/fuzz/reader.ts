import { mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readExit } from '../../src/runner/backends/shared/exitFile.ts';
import { lastLaunch } from '../../src/runner/folders/launches.ts';
import { readFailure } from '../../src/runner/harnesses/lmmsEval/failures.ts';
import { readLogErrors } from '../../src/runner/harnesses/lmmsEval/logErrors.ts';
import { lmmsEvalOutput } from '../../src/runner/harnesses/lmmsEval/output.ts';
import { readLogCause } from '../../src/runner/log/logCause.ts';
import { readLogTail } from '../../src/runner/log/logTail.ts';
import { createMeter } from '../../src/runner/progress/meter.ts';
import { defaultLimits } from '../../src/runner/results/files/answers.ts';
import { readJobResults } from '../../src/runner/results/files/jobResults.ts';
import { judgeOutput, measureOutput } from '../../src/runner/results/judging/judge.ts';
import { readHarness } from '../../src/runner/results/notedHarness.ts';
import { createSamplesReader } from '../../src/runner/results/samples/readSamples.ts';
import { readTaskValues } from '../../src/runner/results/scores/taskValues.ts';
import { redactOutcome } from '../../src/runner/secrets.ts';
import { outcomeText } from '../../src/schemas/job/outcomeText.ts';
import { redactFile } from '../../src/security/redaction/redactFile.ts';
import { Redactor } from '../../src/security/redaction/redactor.ts';
import { ShownText } from '../../src/security/redaction/shownText.ts';
import { request } from '../support/requests/request.ts';
import type { Case } from './cases.ts';

/**
 * The child of the fuzz target: reads what its parent has put into a folder, with the readers of the server, and says how
 * that went. The parent ends it when it takes too long.
 */
export type Question = { target: Case['target']; folder: string };
export type Answer = { fault: string | null; refusal: string | null; maxRss: number };

const shape = { metrics: ['acc'], filters: ['none'], isRepeated: true, scoreKey: 'score', clusterKey: 'doc_id' };
const redactor = Redactor.of(['sk-Planted-0123456789']);
if (redactor === null) throw new Error('nothing to redact');

const readers: { [target in Case['target']]: (folder: string) => Promise<unknown> } = {
  async judge(folder) {
    const output = join(folder, 'output');
    await mkdir(join(output, 'm'), { recursive: true });
    await rename(join(folder, 'results.json'), join(output, 'm', '20260101_000000_results.json'));
    await rename(join(folder, 'samples.jsonl'), join(output, 'm', '20260101_000000_samples_t1.jsonl'));
    const run = { output, ownOutput: true, log: join(folder, 'log'), before: [], operatorOptions: [] };
    const asked = request({ tasks: ['t1', 'g0'] });
    const judging = { operatorOptions: [], limits: defaultLimits };
    for (const hung of [null, 60]) {
      const outcome = redactOutcome(await judgeOutput(lmmsEvalOutput, run, asked, { ...judging, hung }), redactor);
      JSON.stringify(outcome);
      if (outcome.status === 'failed') outcomeText(outcome);
    }
    JSON.stringify(await measureOutput(lmmsEvalOutput, run, asked, judging));
  },
  results: async (folder) => JSON.stringify(await readJobResults([join(folder, 'results.json')])),
  async samples(folder) {
    const read = createSamplesReader();
    const own = { path: folder, isOwn: true };
    for (const filter of [undefined, 'wrong' as const]) {
      const { total } = await read(own, 'samples.jsonl', 't1', { offset: 0, limit: 100, filter });
      JSON.stringify(await read(own, 'samples.jsonl', 't1', { offset: Math.max(0, total - 3), limit: 1_000, filter }));
      (await readTaskValues(own, 'samples.jsonl', shape))?.of('acc', 'none');
    }
  },
  async log(folder) {
    const log = join(folder, 'log');
    const { size } = await stat(log);
    await readLogTail(log);
    for (const kind of ['ended', 'signal', 'code'] as const) {
      await readLogCause(
        log,
        kind === 'code' ? { kind, code: 1 } : kind === 'signal' ? { kind, signal: 'SIGKILL' } : { kind },
      );
    }
    const failure = await readFailure(log);
    await readLogCause(log, { kind: 'reported', words: failure?.reason ?? '', offset: failure?.offset ?? size });
    await readLogErrors(log);
  },
  async shown(folder) {
    const path = join(folder, 'log');
    const file = await open(path);
    try {
      const bytes = await file.readFile();
      for (const size of [65_536, 777]) {
        const text = new ShownText(redactor);
        // Small parts only of the start: each of them costs what a secret reaches.
        const end = Math.min(bytes.length, 400 * size);
        const shown = [];
        for (let at = 0; at < end; at += size) shown.push(text.clean(bytes.subarray(at, Math.min(end, at + size))));
        expectHidden(Buffer.concat([...shown, text.newest(), text.end()]));
      }
      await redactFile({ handle: file, size: bytes.length }, redactor);
      expectHidden(new ShownText(null).clean(await readFile(path)));
    } finally {
      await file.close();
    }
  },
  async progress(folder) {
    const file = await open(join(folder, 'log'));
    try {
      const text = await file.readFile('utf8');
      const meter = createMeter(4);
      for (const line of text.split(/[\r\n]+/)) meter([line]);
      meter(text.split(/[\r\n]+/));
    } finally {
      await file.close();
    }
  },
  async faulty(folder) {
    const how = await readFile(join(folder, 'how'), 'utf8');
    if (how === 'end') process.exit(3);
    if (how === 'throw') throw new RangeError('as it was asked');
    while (how === 'spin');
    if (how === 'grow') Buffer.alloc(300 * 1024 * 1024, 1);
  },
  async notes(folder) {
    const state = join(folder, '1');
    await mkdir(state);
    for (const name of ['prepared.json', 'harness.json', 'exit']) await rename(join(folder, name), join(state, name));
    await readExit(state);
    await readHarness(folder);
    await lastLaunch(folder);
  },
};

/** What a log view shows is to have no secret in it. */
function expectHidden(shown: Buffer): void {
  if (shown.includes('sk-Planted-0123456789')) throw new TypeError('a secret is shown');
}

/** A fault is what no reader throws on purpose; all else says what is wrong with what it was given. */
const isFault = (error: unknown): boolean =>
  !(error instanceof Error) || [TypeError, RangeError, ReferenceError, URIError].some((kind) => error instanceof kind);

const inWords = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

process.on('message', async ({ target, folder }: Question) => {
  let answer: Omit<Answer, 'maxRss'> = { fault: null, refusal: null };
  try {
    await readers[target](folder);
  } catch (error) {
    answer = isFault(error) ? { fault: inWords(error), refusal: null } : { fault: null, refusal: inWords(error) };
  }
  process.send?.({ ...answer, maxRss: process.resourceUsage().maxRSS * 1_024 } satisfies Answer);
  globalThis.gc?.();
});
