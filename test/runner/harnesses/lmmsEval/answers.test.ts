import { describe, expect, test } from 'vitest';
import { outcomeText } from '../../../../src/schemas/job/outcomeText.ts';
import { judgeWritten, sample, samples } from '../../../support/runs/writtenRun.ts';

const REFUSED = '[LMMS_EVAL_REQUEST_FAILED after 5 retries] Error code: 401 - bad key';
const openai = 'lmms_eval.models.chat.openai';
const asking = ['INFO', 'lmms_eval.evaluator', 'Running generate_until requests'] as const;
const line = (level: string, logger: string, words: string): [string, string, string] => [level, logger, words];
const lines = (count: number, ...record: [string, string, string]) => Array.from({ length: count }, () => record);

test('An API that refuses every request fails the job as failedAnswers, with the first message, and keeps its numbers', async () => {
  const outcome = await judgeWritten({ tasks: { t1: { samples: samples(20, () => REFUSED) } } });
  expect(outcome).toMatchObject({
    status: 'failed',
    kind: 'failedAnswers',
    missing: ['t1'],
    first: REFUSED,
    partial: {
      metrics: { t1: { acc: { value: 0.5, n: 20, n_failed: 20, n_empty: 0 } } },
      answers: { t1: { answered: 0, failed: 20, empty: 0, cached: 0 } },
      warnings: [expect.stringContaining('20 of 20 answers of t1 failed')],
    },
  });
  if (outcome.status === 'failed') {
    expect(outcomeText(outcome)).toMatch(
      /^Evaluation got too few answers: 20 of 20 answers of t1 failed.*401 - bad key/,
    );
  }
});

test.each([
  '[LMMS_EVAL_REQUEST_FAILED after 1 retries] Connection error.',
  '[LMMS_EVAL_BUDGET_EXCEEDED]',
  '[GENERATION_FAILED] MAGI-1 produced no output',
  '[ERROR] Empty prompt',
  'Video /data/a b.mp4 can not load, check the source',
  'Can not infer the answer.',
])('the text %s is a failed answer: what a model of lmms-eval says instead of one', async (words) => {
  const outcome = await judgeWritten({ tasks: { t1: { samples: samples(4, (n) => (n === 2 ? words : 'A')) } } });
  expect(outcome).toMatchObject({ kind: 'failedAnswers', first: words, partial: { answers: { t1: { failed: 1 } } } });
});

test('An answer that only speaks of failures is an answer', async () => {
  const words = ['Error', '[1, 2]', 'The text says [LMMS_EVAL_REQUEST_FAILED', 'None of them', '0', '[ERROR]x'];
  const outcome = await judgeWritten({ tasks: { t1: { samples: samples(6, (n) => words[n]) } } });
  expect(outcome).toMatchObject({ status: 'completed', warnings: [], answers: { t1: { answered: 6 } } });
});

test('One failed answer of two hundred is a warning beside the number, and no failure', async () => {
  const outcome = await judgeWritten({ tasks: { t1: { samples: samples(200, (n) => (n === 7 ? REFUSED : 'A')) } } });
  expect(outcome).toMatchObject({
    status: 'completed',
    metrics: { t1: { acc: { n: 200, n_failed: 1, n_empty: 0 } } },
    answers: { t1: { answered: 199, failed: 1 } },
    warnings: [expect.stringMatching(/^1 of 200 answers of t1 failed, the first with: .*bad key/)],
  });
});

test('A small task is not hidden behind a large one: the limit is of each task', async () => {
  const outcome = await judgeWritten({
    tasks: { large: { samples: samples(1_000) }, small: { samples: samples(10, (n) => (n === 0 ? REFUSED : 'A')) } },
  });
  expect(outcome).toMatchObject({ kind: 'failedAnswers', missing: ['small'] });
});

test('The operator says how many may fail', async () => {
  const tasks = { t1: { samples: samples(10, (n) => (n < 3 ? REFUSED : 'A')) } };
  expect(await judgeWritten({ tasks, limits: { failed: 0.3, empty: 1 } })).toMatchObject({ status: 'completed' });
  expect(await judgeWritten({ tasks, limits: { failed: 0.29, empty: 1 } })).toMatchObject({ kind: 'failedAnswers' });
});

test('More than one answer of twenty that is none is a warning with count, share and task, before all others', async () => {
  const said = (empty: number, failed = 0) =>
    samples(100, (n) => (n < empty ? '' : n < empty + failed ? REFUSED : 'A'));
  const limits = { failed: 1, empty: 1 };
  const warningsOf = async (tasks: Record<string, { samples: object[] }>) => {
    const outcome = await judgeWritten({ tasks, limits });
    return outcome.status === 'completed' ? outcome.warnings : [];
  };
  expect(await warningsOf({ few: { samples: said(5) }, many: { samples: said(6) } })).toEqual([
    '6 of 100 answers of many are empty (6 %, more than 5 %)',
    '5 of 100 answers of few are empty',
  ]);
  expect(await warningsOf({ t1: { samples: said(0, 7) } })).toEqual([
    `7 of 100 answers of t1 failed (7 %, more than 5 %), the first with: ${REFUSED}`,
  ]);
  // Together they are many.
  expect(await warningsOf({ t1: { samples: said(3, 4) } })).toEqual([
    `4 of 100 answers of t1 failed (with the 3 that are empty 7 %, more than 5 %), the first with: ${REFUSED}`,
    '3 of 100 answers of t1 are empty',
  ]);
});

describe('empty answers', () => {
  test.each([['', '  \n', 'None', ['']], ['[SAFETY_BLOCKED:finish_reason=2]']])(
    'empty answers are counted and warned of, and fail a job when they are most of a task',
    async (...said) => {
      const some = await judgeWritten({ tasks: { t1: { samples: samples(8, (n) => said[n] ?? 'A') } } });
      expect(some).toMatchObject({
        status: 'completed',
        metrics: { t1: { acc: { n: 8, n_empty: said.length, n_failed: 0 } } },
        answers: { t1: { empty: said.length } },
        warnings: [`${said.length} of 8 answers of t1 are empty (${100 * (said.length / 8)} %, more than 5 %)`],
      });
      const all = await judgeWritten({ tasks: { t1: { samples: samples(8, (n) => said[n % said.length]) } } });
      expect(all).toMatchObject({ kind: 'failedAnswers', faults: [expect.stringContaining('8 of 8')] });
    },
  );

  test('empty answers where nothing is the right answer are counted, and fail nothing', async () => {
    const outcome = await judgeWritten({ tasks: { t1: { samples: samples(8, () => '', { target: '', acc: 1 }) } } });
    expect(outcome).toMatchObject({ status: 'completed', warnings: ['8 of 8 answers of t1 are empty'] });
  });

  test('the text None is an answer where it is right', async () => {
    const outcome = await judgeWritten({ tasks: { t1: { samples: samples(8, () => 'None', { acc: 1 }) } } });
    expect(outcome).toMatchObject({ status: 'completed', warnings: [], answers: { t1: { answered: 8, empty: 0 } } });
  });

  test('empty answers instead of answers for which the model logged errors are failed ones', async () => {
    const error = lines(2, 'ERROR', 'lmms_eval.models.simple.qwen2_5_omni', 'Error CUDA out of memory in generating');
    const outcome = await judgeWritten({
      tasks: { t1: { samples: samples(50, (n) => (n < 2 ? '' : 'A')) } },
      log: [[...asking], ...error],
    });
    expect(outcome).toMatchObject({
      kind: 'failedAnswers',
      first: 'Error CUDA out of memory in generating',
      partial: { answers: { t1: { failed: 2, empty: 0 } }, metrics: { t1: { acc: { n_failed: 2, n_empty: 0 } } } },
    });
  });
});

test('What the model said counts, not what the filters made of it', async () => {
  const extracted = samples(8).map((one) => ({ ...one, filtered_resps: '', resps: ['The answer is A'] }));
  expect(await judgeWritten({ tasks: { t1: { samples: extracted } } })).toMatchObject({
    status: 'completed',
    warnings: [],
  });
  const hidden = samples(8).map((one) => ({ ...one, filtered_resps: 'invalid', resps: [REFUSED] }));
  expect(await judgeWritten({ tasks: { t1: { samples: hidden } } })).toMatchObject({ kind: 'failedAnswers' });
});

test('Of several tries or choices a failed one makes a sample failed, and an empty one does not make it empty', async () => {
  const tries = [sample(0, [['A'], [REFUSED]]), sample(1, ['', 'A']), sample(2, ['(-1.5, True)', '(-2.5, False)'])];
  const outcome = await judgeWritten({ tasks: { t1: { samples: tries } }, limits: { failed: 1, empty: 1 } });
  expect(outcome).toMatchObject({ answers: { t1: { answered: 2, failed: 1, empty: 0 } } });
});

describe('without samples', () => {
  const unlogged = { log_samples: false };
  const failures = (count: number) => [
    line('ERROR', openai, 'All 5 attempts failed. Last error: while loading'),
    line(...asking),
    ...lines(3, 'INFO', openai, 'Attempt 1/5 failed with error: Error code: 500'),
    ...lines(count, 'ERROR', openai, 'All 5 attempts failed. Last error: Error code: 500'),
  ];

  test('without samples the log says how many answers failed, of the only task as of several', async () => {
    const one = await judgeWritten({
      tasks: { t1: { effective: 20, samples: null } },
      asked: unlogged,
      log: failures(5),
    });
    expect(one).toMatchObject({
      kind: 'failedAnswers',
      first: 'All 5 attempts failed. Last error: Error code: 500',
      faults: [expect.stringContaining('5 of 20 answers of t1 failed')],
      partial: { answers: { t1: { failed: 5, answered: null } }, metrics: { t1: { acc: { n: null } } } },
    });
    const two = await judgeWritten({
      tasks: { t1: { effective: 20, samples: null }, t2: { effective: 20, samples: null } },
      asked: unlogged,
      log: failures(5),
    });
    expect(two).toMatchObject({
      kind: 'failedAnswers',
      missing: ['t1', 't2'],
      partial: { answers: { t1: { failed: null } } },
    });
  });

  test('without samples a run without failures is completed, and what cannot be known is null', async () => {
    const outcome = await judgeWritten({ tasks: { t1: { effective: 20, samples: null } }, asked: unlogged });
    expect(outcome).toMatchObject({
      status: 'completed',
      metrics: { t1: { acc: { n: null, n_failed: null, n_empty: null } } },
      answers: { t1: { answered: null, empty: null, failed: null } },
      warnings: [],
    });
  });

  test('without samples a budget that was used up after 3 of 20 is known from the calls that were made', async () => {
    const usage = { budget_exceeded: true, by_source: { model: { n_api_calls: 3 } } };
    const outcome = await judgeWritten({
      tasks: { t1: { effective: 20, samples: null } },
      asked: unlogged,
      more: { usage },
    });
    expect(outcome).toMatchObject({ kind: 'failedAnswers', faults: [expect.stringContaining('17 of 20')] });
  });
});

test('A dead judge fails the task that it was to judge, and no other; a judgement that two loggers report is one', async () => {
  const judged = (task: string, count: number) => [
    ...Array.from({ length: count }, () => [
      line('WARNING', 'lmms_eval.llm_judge.providers.openai', 'Attempt 1/2 failed: Connection error.'),
      line('ERROR', 'lmms_eval.llm_judge.providers.openai', 'All 2 attempts failed'),
      line('ERROR', 'utils', 'Error getting judge response: Connection error.'),
    ]).flat(),
    line('INFO', 'lmms_eval.evaluator', `Postprocessed 20 docs for ${task}/none with 4 worker(s) in 0.1s`),
  ];
  const tasks = { t1: { samples: samples(20) }, t2: { samples: samples(20) } };
  expect(await judgeWritten({ tasks, log: [...judged('t1', 0), ...judged('t2', 6)] })).toMatchObject({
    kind: 'failedAnswers',
    missing: ['t2'],
    faults: [expect.stringContaining('6 of 20 answers of t2 failed')],
    first: 'Error getting judge response: Connection error.',
    partial: { answers: { t1: { failed: 0 }, t2: { failed: 6, answered: 14 } } },
  });
});

test('A sample that says that its judge failed counts once, whether the log says it, too', async () => {
  const emma = { is_correct: false, judge_error: 'Connection error.' };
  const rows = samples(20).map((one, n) => (n < 3 ? { ...one, emma } : one));
  const log = [
    ...lines(3, 'ERROR', 'utils', 'Error getting judge response: Connection error.'),
    line('INFO', 'lmms_eval.evaluator', 'Postprocessed 20 docs for t1/none with 4 worker(s) in 0.1s'),
  ];
  for (const logged of [log, []]) {
    expect(await judgeWritten({ tasks: { t1: { samples: rows } }, log: logged })).toMatchObject({
      kind: 'failedAnswers',
      first: 'Connection error.',
      partial: { answers: { t1: { failed: 3, answered: 17 } }, metrics: { t1: { acc: { n_failed: 3 } } } },
    });
  }
});

test('An error of a task that is of no judge is a warning', async () => {
  const log = [line('ERROR', 'utils', 'Error extracting audio: no such file')];
  expect(await judgeWritten({ tasks: { t1: { samples: samples(20) } }, log })).toMatchObject({
    status: 'completed',
    warnings: ['the log has 1 error while samples were scored, the first: Error extracting audio: no such file'],
  });
});

test("A line that an answer prints is not the harness's, and a line behind a bar is", async () => {
  const error = '2026-11-24 01:02:57 | ERROR    | lmms_eval.models.chat.openai:f:140 - All 5 attempts failed.';
  const run = { tasks: { t1: { effective: 20, samples: null } }, asked: { log_samples: false } };
  expect(await judgeWritten({ ...run, log: [`The log says "${error}"`] })).toMatchObject({ status: 'completed' });
  expect(await judgeWritten({ ...run, log: [`50%| [${error}]${error}`] })).toMatchObject({ status: 'completed' });
  const bar = '\rModel Responding:  50%|#####     | 10/20 [00:02<00:02,  2.00it/s]';
  // Of a bar without an end, and with the labels by which launchers say whose line it is, too.
  for (const before of [bar, '5it [00:02,  2.00it/s]', '[default0]:', '[rank1]: ', '3: ', `[rank0]: ${bar}`]) {
    expect(await judgeWritten({ ...run, log: [`${before}${error}`] })).toMatchObject({ kind: 'failedAnswers' });
  }
});

describe('a cache of earlier runs', () => {
  const config = { use_cache: '/cache' };
  const hits = (count: number, all: number) =>
    line(
      'INFO',
      'lmms_eval.caching.response_cache',
      `ResponseCache: ${count}/${all} cache hits (0 non-deterministic skipped)`,
    );
  const served = line(
    'INFO',
    'lmms_eval.caching.response_cache',
    'ResponseCache: all 20 requests served from cache — skipping',
  );

  test("a cache of earlier runs that serves yesterday's failures to a healthy model fails the job", async () => {
    const cached = samples(20, () => REFUSED, { token_counts: [null] });
    expect(
      await judgeWritten({ tasks: { t1: { samples: cached } }, more: { config }, log: [hits(20, 20), served] }),
    ).toMatchObject({
      kind: 'failedAnswers',
      partial: { answers: { t1: { failed: 20, cached: 20 } } },
    });
  });

  test('a cache of earlier runs is shown beside the numbers, by task where it can be known', async () => {
    const some = samples(4).map((one, n) => (n < 3 ? { ...one, token_counts: [null] } : one));
    const tasks = { t1: { samples: some }, t2: { samples: samples(4) } };
    expect(await judgeWritten({ tasks, more: { config }, log: [hits(3, 8)] })).toMatchObject({
      answers: { t1: { cached: 3 }, t2: { cached: 0 } },
      warnings: ['3 answers of t1 are from a cache of earlier runs'],
    });
    expect(await judgeWritten({ tasks, more: { config }, log: [hits(5, 8)] })).toMatchObject({
      answers: { t1: { cached: null } },
      warnings: [expect.stringContaining('of which tasks cannot be known')],
    });
  });
});
