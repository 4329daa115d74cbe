import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createClient, monotonic, numbersOfJob } from '../../bench/evaluations/client.ts';
import { evaluationRequest } from '../../bench/evaluations/installation.ts';
import { createAgreement, type Numbers, numbersOf } from '../../bench/evaluations/numbers.ts';
import { processTimes } from '../../bench/evaluations/processTimes.ts';
import { startWrittenServer } from '../support/harnesses/writtenLmmsEval.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';

const [task = ''] = evaluationRequest.tasks;
const answers = (right: readonly number[]) =>
  right.map((score, doc_id) => ({ doc_id, target: 'B', filtered_resps: ['B'], right: score, took: Math.random() }));
const more = (count: number) => ({ 'n-samples': { [task]: { original: count, effective: count } } });
const written = (value: number, right: readonly number[]) => ({
  results: { [task]: { alias: task, 'right,none': value, 'right_stderr,none': 0.1 } },
  samples: { [task]: answers(right) },
  more: more(right.length),
});

let server: Awaited<ReturnType<typeof startWrittenServer>>;
beforeAll(async () => {
  server = await startWrittenServer();
});
afterAll(async () => void (await server?.stop()));

function client() {
  const opened = createClient(server.url);
  onTestFinished(opened.close);
  return opened;
}

async function numbers(value: number, right: readonly number[]): Promise<Numbers> {
  await server.write(written(value, right));
  const asking = client();
  return numbersOfJob(await asking.completed(await asking.submit(evaluationRequest)));
}

test('a timed evaluation ends with the numbers and the answers of its own files, whatever differs with the time', async () => {
  const found = await numbers(0.5, [1, 0]);
  expect(found).toMatchObject({
    results: { [task]: { 'right,none': 0.5 } },
    'n-samples': { [task]: { effective: 2 } },
    answers: [{ doc_id: 0, target: 'B', filtered_resps: ['B'], right: 1 }, { right: 0 }],
  });
  expect(await numbers(0.5, [1, 0])).toEqual(found);
});

test('a benchmark stops where two runs have other numbers, other answers, or not every sample', async () => {
  const agreement = createAgreement(2);
  agreement.check('original', await numbers(0.5, [1, 0]));
  agreement.check('evaldCold', await numbers(0.5, [1, 0]));
  const other = 'the numbers of evaldWarm are not those of original';
  for (const wrong of [await numbers(0.25, [1, 0]), await numbers(0.5, [0, 1])])
    expect(() => agreement.check('evaldWarm', wrong)).toThrow(other);
  const short = await numbers(0.5, [1]);
  expect(() => createAgreement(2).check('evaldWarm', short)).toThrow('evaldWarm has 1 of 2 samples');
});

test('a benchmark stops where a run fails, with its reason', async () => {
  await server.write({ ...written(0.5, [1, 0]), exit: 3 });
  const asking = client();
  const jobId = await asking.submit(evaluationRequest);
  await expect(asking.completed(jobId)).rejects.toThrow(/is failed: .*return code 3/s);
});

test('results without a number are none', async () => {
  const results = join(await temporaryFolder(), 'results.json');
  await writeFile(results, JSON.stringify({ results: { [task]: { alias: task } }, ...more(1) }));
  await expect(numbersOf({ results, samples: [] })).rejects.toThrow('has no numbers');
});

test('the process of a run is followed from its note to the end of the process, and not longer', async () => {
  const stamps = join(await temporaryFolder(), 'stamps');
  const following = processTimes(stamps, new AbortController().signal);
  const began = monotonic();
  const child = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] });
  await once(child, 'spawn');
  // A note that is half written is none yet.
  const note = JSON.stringify({ pid: child.pid, started: began, scored: began + 1 });
  await writeFile(stamps, note);
  const pause = setTimeout(100, 'goes on');
  expect(await Promise.race([following, pause])).toBe('goes on');
  await writeFile(stamps, `${note}\n`);
  expect(await Promise.race([following, setTimeout(100, 'goes on')])).toBe('goes on');
  const ending = monotonic();
  child.stdin.end();
  await once(child, 'exit');
  const times = await following;
  expect(times).toMatchObject({ started: began, scored: began + 1 });
  expect(times.gone).toBeGreaterThanOrEqual(ending);
});

test('a run that notes nothing is waited for until the benchmark gives it up', async () => {
  const giving = new AbortController();
  const following = processTimes(join(await temporaryFolder(), 'stamps'), giving.signal);
  giving.abort();
  await expect(following).rejects.toThrow('aborted');
});
