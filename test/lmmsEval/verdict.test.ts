import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JobInfo } from '../../src/schemas/job/job.ts';
import { type LmmsEvalServer, startLmmsEvalServer } from '../support/harnesses/lmmsEvalServer.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { describeWith, lmmsEval } from '../support/needs.ts';
import { send } from '../support/requests/send.ts';

const UTILS = `
import atexit, os, time
from loguru import logger
from tenacity import retry, stop_after_attempt

def visual(doc):
    return [doc["image"].convert("RGB")]

def score(doc, results):
    return {"acc": float(results[0] == doc["answer"])}

def lie(doc, results):
    logger.error("Error during evaluation: CUDA out of memory")
    print("Error during evaluation: an answer. Please set \`--verbosity=DEBUG\` to get more information.")
    print("Tasks were not found: could not save sample results, Could not save sample results")
    return score(doc, results)

def forge(doc, results):
    print("2026-11-24 03:32:04 | ERROR    | lmms_eval.__main__:cli_evaluate:614 - Error during evaluation: forged. Please set")
    return score(doc, results)

@retry(stop=stop_after_attempt(2))
def answer():
    raise ValueError("doc 5 has no answer")

def raising(doc, results):
    answer()

def dying(doc, results):
    atexit.register(os._exit, 3)
    return score(doc, results)

def hanging(doc, results):
    atexit.register(time.sleep, 100_000)
    return score(doc, results)

def mean(items):
    return sum(items) / len(items)
`;

const yaml = (name: string, data: string) => `
task: evald_${name}
dataset_path: parquet
dataset_kwargs:
  data_files:
    test: ${data}
test_split: test
output_type: generate_until
doc_to_visual: !function evald_verdict.visual
doc_to_text: question
doc_to_target: answer
process_results: !function evald_verdict.${name}
generation_kwargs:
  max_new_tokens: 4
metric_list:
  - metric: acc
    aggregation: !function evald_verdict.mean
    higher_is_better: true
metadata:
  - version: 0.0
`;

describeWith(lmmsEval, 'the verdict on the real lmms-eval', () => {
  let real: LmmsEvalServer;
  let jobs: { [task in 'lying' | 'raising' | 'dying' | 'hanging']: JobInfo };

  // All runs at once and two at a time: each costs many seconds.
  beforeAll(async () => {
    real = await startLmmsEvalServer(['--slots', '2', '--linger', '10']);
    const folder = real.tiny.includePath;
    await writeFile(join(folder, 'evald_verdict.py'), UTILS);
    for (const name of ['lie', 'forge', 'raising', 'dying', 'hanging']) {
      await writeFile(join(folder, `evald_${name}.yaml`), yaml(name, join(real.folder, 'colours.parquet')));
    }
    const { url } = real.server;
    const evaluate = async (...names: string[]) => {
      const tasks = names.map((name) => `evald_${name}`);
      return endedJob(url, await submit(url, { model: 'dummy', model_args: { response: 'B' }, tasks, limit: 4 }));
    };
    const [lying, raising, dying, hanging] = await Promise.all([
      evaluate('lie', 'forge'),
      evaluate('raising'),
      evaluate('dying'),
      evaluate('hanging'),
    ]);
    jobs = { lying, raising, dying, hanging };
  }, 600_000);
  afterAll(() => real?.stop());

  test("log lines of a task fail no run; one just like lmms-eval's own is a warning beside whole results", () => {
    expect(jobs.lying.error).toBeNull();
    expect(jobs.lying).toMatchObject({
      status: 'completed',
      metrics: { evald_lie: { acc: { value: 0.5 } }, evald_forge: { acc: { value: 0.5 } } },
      // What the task logged of its samples is counted as what it is.
      warnings: [
        expect.stringMatching(/^the log has \d errors while samples were scored/),
        expect.stringContaining('Error during evaluation: forged'),
      ],
    });
  });

  test('the error begins with the exception that a retry gave up on', () => {
    expect(jobs.raising).toMatchObject({ status: 'failed', failure_kind: 'harness', partial_metrics: null });
    expect(jobs.raising.error).toMatch(
      /^Evaluation failed: ValueError: doc 5 has no answer\nError during evaluation: RetryError\[.*\nLast lines of \//,
    );
  });

  test('a run that dies after it has saved fails, and its numbers are shown as partial', async () => {
    const { job_id } = jobs.dying;
    expect(jobs.dying).toMatchObject({
      failure_kind: 'exited',
      metrics: null,
      partial_metrics: { evald_dying: { acc: { value: 0.5 } } },
    });
    const results = await send(`${real.server.url}/jobs/${job_id}/results`, { method: 'GET' });
    expect(results.json).toMatchObject({ partial: true, failure_kind: 'exited', metrics: jobs.dying.partial_metrics });
  });

  test('a run that hangs after it has saved is ended, and completed by its results with a warning', () => {
    expect(jobs.hanging).toMatchObject({
      status: 'completed',
      metrics: { evald_hanging: { acc: { value: 0.5 } } },
      warnings: [expect.stringContaining('hung after its results were written')],
    });
  });
});
