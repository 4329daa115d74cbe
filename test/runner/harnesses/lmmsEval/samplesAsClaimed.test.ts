import { describe, expect, test } from 'vitest';
import { tasksWithoutResults } from '../../../../src/scheduler/retries.ts';
import type { Outcome } from '../../../../src/schemas/job/outcome.ts';
import { outcomeText } from '../../../../src/schemas/job/outcomeText.ts';
import { request } from '../../../support/requests/request.ts';
import { judgeWritten, sample, samples } from '../../../support/runs/writtenRun.ts';

const text = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

const tasksOfRetry = (outcome: Outcome, tasks: string[]) =>
  tasksWithoutResults({ request: request({ tasks }), outcome, parts: [] });

describe('samples that are not as the results say', () => {
  test.each<[string, readonly object[] | string | null, RegExp]>([
    ['a file that is missing', null, /t1: it is missing/],
    ['a file that is empty', '', /0 rows.*8 samples/],
    ['a file that is cut off', text(samples(8)).slice(0, -20), /cut off: line 8 is no sample/],
    ['a file that ends between two lines', text(samples(7)), /7 rows.*8 samples/],
    ['a line that is no sample', `${text(samples(7))}[1]\n`, /line 8 is no sample/],
    ['a file of two runs', text([...samples(8), ...samples(8)]), /16 rows.*8 samples/],
    ['one sample twice and another not at all', text([...samples(7), sample(0, 'A')]), /sample 0 .*more often/],
    ['a sample of another run', text([...samples(7), sample(8, 'A')]), /sample 8 is none of those/],
    ['a sample without an id', text([...samples(7), { acc: 1 }]), /none of those/],
  ])(
    'samples that are not as the results say fail the job as incompleteResults, and its numbers are kept: %s',
    async (_, written, words) => {
      const outcome = await judgeWritten({
        tasks: { t1: { effective: 8, samples: written }, t2: { samples: samples(3) } },
      });
      expect(outcome).toMatchObject({
        status: 'failed',
        kind: 'incompleteResults',
        missing: ['t1'],
        faults: [expect.stringMatching(words)],
        partial: { metrics: { t1: { acc: { value: 0.5 } }, t2: { acc: { n: 3 } } } },
      });
      if (outcome.status === 'failed') expect(outcomeText(outcome)).toMatch(words);
    },
  );

  test('samples that are not as the results say have the names of the request, so that a retry knows what to repeat', async () => {
    const outcome = await judgeWritten({
      tasks: { a: { effective: 8, samples: null }, b: { samples: samples(3) } },
      more: { group_subtasks: { g: ['inner'], inner: ['a'] } },
      asked: { tasks: ['g', 'b'] },
    });
    expect(outcome).toMatchObject({ kind: 'incompleteResults', missing: ['g'] });
  });
});

describe('a job with several faults', () => {
  const refused = { samples: samples(4, () => '[LMMS_EVAL_REQUEST_FAILED after 1 retries] 401') };
  const good = { samples: samples(4) };

  test('of a job with several faults each is known: a task whose answers failed beside one that has no results', async () => {
    const outcome = await judgeWritten({ tasks: { a: refused, b: good }, asked: { tasks: ['a', 'b', 'c'] } });
    expect(outcome).toMatchObject({ kind: 'incompleteResults', missing: ['c'], partial: { doubted: ['a'] } });
    expect(tasksOfRetry(outcome, ['a', 'b', 'c'])).toEqual(['a', 'c']);
  });

  test('of a job with several faults each is known: a task whose answers failed beside one without its samples', async () => {
    const outcome = await judgeWritten({ tasks: { a: refused, b: good, c: { effective: 4, samples: null } } });
    expect(outcome).toMatchObject({ kind: 'incompleteResults', missing: ['c'] });
    expect(tasksOfRetry(outcome, ['a', 'b', 'c'])).toEqual(['a', 'c']);
  });

  test('a run that differed from its request is a warning on the numbers of a failed job, too', async () => {
    const outcome = await judgeWritten({
      tasks: { a: good },
      more: { configs: { a: {} }, 'n-shot': { a: 0 } },
      asked: { tasks: ['a', 'b'], num_fewshot: 5 },
    });
    expect(outcome).toMatchObject({
      kind: 'incompleteResults',
      partial: { warnings: ['num_fewshot 5 was asked, and the task itself has 0: a'] },
    });
  });
});

describe('samples that look odd and are right', () => {
  const strict = { 'acc,strict': 0.5, 'acc_stderr,strict': 0.1, 'acc,flexible': 0.5 };

  test('samples of several filters are accepted: each has a row for every sample', async () => {
    const both = [...samples(8), ...samples(8)];
    expect(await judgeWritten({ tasks: { t1: { row: strict, effective: 8, samples: both } } })).toMatchObject({
      status: 'completed',
      metrics: { t1: { 'acc,strict': { n: 8 }, 'acc,flexible': { n: 8 } } },
      answers: { t1: { answered: 8 } },
    });
    const once = await judgeWritten({ tasks: { t1: { row: strict, effective: 8, samples: samples(8) } } });
    expect(once).toMatchObject({ faults: [expect.stringContaining('each once for 2 filters')] });
  });

  test('samples in the rows of several ranks are accepted, though not in order', async () => {
    const rows = samples(8).toSorted((one, other) => (one.doc_id % 2) - (other.doc_id % 2));
    expect(await judgeWritten({ tasks: { t1: { samples: rows } } })).toMatchObject({ status: 'completed' });
  });

  test('samples moved and shortened by an offset are accepted, which `effective` does not say', async () => {
    const rows = samples(8).slice(3);
    const run = { tasks: { t1: { original: 8, effective: 6, samples: rows } }, more: { config: { offset: 3 } } };
    expect(await judgeWritten(run)).toMatchObject({ status: 'completed', metrics: { t1: { acc: { n: 5 } } } });
  });

  test('a task without samples has no file, and is accepted', async () => {
    const tasks = { t0: { row: {}, effective: 0, samples: null }, t1: { samples: samples(2) } };
    expect(await judgeWritten({ tasks })).toMatchObject({ status: 'completed', metrics: { t0: {} } });
  });

  test('a run without log_samples has no samples, and is accepted', async () => {
    const tasks = { t1: { effective: 8, samples: null } };
    expect(await judgeWritten({ tasks, asked: { log_samples: false } })).toMatchObject({ status: 'completed' });
  });

  test('a harness that does not say how many samples there are is believed', async () => {
    const run = {
      tasks: { t1: { samples: '{"doc_id": 9007199254740993}\n{"doc_id": 9007199254740992}\n' } },
      more: { 'n-samples': {} },
    };
    expect(await judgeWritten(run)).toMatchObject({ status: 'completed' });
    const twice = { tasks: { t1: { samples: text([...samples(2), ...samples(2)]) } }, more: { 'n-samples': {} } };
    expect(await judgeWritten(twice)).toMatchObject({ faults: [expect.stringContaining('more often')] });
  });
});

test('100,000 samples are judged in constant memory', async () => {
  const rows = text(samples(100_000, () => 'A', { input: 'x'.repeat(400) }));
  const before = process.memoryUsage().arrayBuffers;
  const outcome = await judgeWritten({ tasks: { t1: { effective: 100_000, samples: rows } } });
  expect(outcome).toMatchObject({ status: 'completed', metrics: { t1: { acc: { n: 100_000 } } } });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 ** 2);
});
