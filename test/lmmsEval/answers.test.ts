import { once } from 'node:events';
import { appendFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JobInfo } from '../../src/schemas/job/job.ts';
import { type LmmsEvalServer, startLmmsEvalServer } from '../support/harnesses/lmmsEvalServer.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { describeWith, lmmsEval } from '../support/needs.ts';
import { send } from '../support/requests/send.ts';

const CODE = `
import numpy
from loguru import logger
def process(doc, results): return {"acc": float(results[0].strip()[:1] == doc["answer"])}
def parts(doc, results):
    return {"perception" if doc["part"] < 6 else "cognition": process(doc, results)["acc"]}
def numbered(docs): return docs.add_column("part", list(range(len(docs))))
def judged(doc, results):
    from lmms_eval.llm_judge import ServerConfig, get_server
    try:
        server = get_server(server_name="openai", config=ServerConfig(model_name="judge", num_retries=1))
        result = server.evaluate_binary(question="?", answer=doc["answer"], prediction=results[0], output_format="0/1")
        return {"acc": float(str(result["result"]) == "1")}
    except Exception as error:
        logger.error(f"Error getting judge response: {error}")
        return {"acc": 0.0}
def mean(items): return sum(items) / len(items)
def numpy_mean(items): return numpy.float32(mean(items))
def large(items): return 2 ** 64 - 1
def objects(items): return {"mean": mean(items)}
`;

type Metric = readonly [name: string, aggregation: string];

const taskYaml = (task: string, data: string, process: string, metrics: readonly Metric[], more = '') => `
task: ${task}
dataset_path: parquet
dataset_kwargs:
  data_files:
    test: ${data}
test_split: test
output_type: generate_until
doc_to_visual: !function evald_utils.visual
doc_to_text: question
doc_to_target: answer
process_results: !function evald_utils.${process}
generation_kwargs:
  max_new_tokens: 4
metric_list:
${metrics.map(([name, fn]) => `  - metric: ${name}\n    aggregation: !function evald_utils.${fn}\n    higher_is_better: true`).join('\n')}
${more}
metadata:
  - version: 0.0
`;

const filters = `filter_list:
  - name: strict
    filter:
      - function: take_first
  - name: flexible
    filter:
      - function: lowercase
      - function: take_first`;

describeWith(lmmsEval, 'answers and samples of the real lmms-eval', () => {
  let real: LmmsEvalServer;
  let api: Server;
  let refused: JobInfo;
  let judged: JobInfo;
  let odd: JobInfo;

  // All runs at once and two at a time: each costs many seconds, of which a test asks one question.
  beforeAll(async () => {
    api = createServer((incoming, answer) => {
      incoming.resume();
      const isRefused = incoming.headers.authorization !== 'Bearer good';
      answer.writeHead(isRefused ? 401 : 200, { 'content-type': 'application/json' });
      const choices = [{ index: 0, message: { role: 'assistant', content: 'B' }, finish_reason: 'stop' }];
      const usage = { prompt_tokens: 10, completion_tokens: 1, total_tokens: 11 };
      const said = { id: 'x', object: 'chat.completion', created: 0, model: 'm', choices, usage };
      answer.end(JSON.stringify(isRefused ? { error: { message: 'the key is wrong' } } : said));
    });
    api.listen(0, '127.0.0.1');
    await once(api, 'listening');
    const base = `http://127.0.0.1:${(api.address() as AddressInfo).port}/v1`;
    // The judge has a key that is refused; the model gets its own in its arguments.
    real = await startLmmsEvalServer(['--slots', '2'], {
      OPENAI_API_URL: base,
      OPENAI_API_KEY: 'of-the-judge',
    });
    const data = join(real.folder, 'colours.parquet');
    const { includePath } = real.tiny;
    await appendFile(join(includePath, 'evald_utils.py'), CODE);
    const acc: Metric[] = [['acc', 'mean']];
    const tasks: Record<string, string> = {
      odd_filters: taskYaml('odd_filters', data, 'process', acc, filters),
      odd_parts: taskYaml(
        'odd_parts',
        data,
        'parts',
        [
          ['perception', 'mean'],
          ['cognition', 'mean'],
        ],
        'process_docs: !function evald_utils.numbered',
      ),
      odd_numpy: taskYaml('odd_numpy', data, 'process', [['acc', 'numpy_mean']]),
      odd_large: taskYaml('odd_large', data, 'process', [['acc', 'large']]),
      odd_objects: taskYaml('odd_objects', data, 'process', [['acc', 'objects']]),
      odd_judged: taskYaml('odd_judged', data, 'judged', acc),
    };
    for (const [name, text] of Object.entries(tasks)) await writeFile(join(includePath, `${name}.yaml`), text);
    const { url } = real.server;
    const evaluate = async (request: object) => endedJob(url, await submit(url, { model: 'openai', ...request }));
    const model_args = { base_url: base, model_version: 'm', max_retries: 1, num_concurrent: 4 };
    [refused, judged, odd] = await Promise.all([
      evaluate({ tasks: [real.tiny.tasks[0]], model_args: { ...model_args, api_key: 'bad' } }),
      evaluate({ tasks: ['odd_judged', 'odd_filters'], model_args: { ...model_args, api_key: 'good' } }),
      evaluate({
        model: 'dummy',
        model_args: { response: 'B' },
        tasks: ['odd_filters', 'odd_parts', 'odd_numpy', 'odd_large', 'odd_objects'],
      }),
    ]);
  }, 600_000);
  afterAll(async () => {
    api?.close();
    await real?.stop();
  });

  test('An API that refuses every request fails the job with its message, and its scores are partial', () => {
    const [task] = real.tiny.tasks;
    expect(refused).toMatchObject({
      status: 'failed',
      failure_kind: 'failedAnswers',
      error: expect.stringMatching(
        /8 of 8 answers of evald_colours failed.*LMMS_EVAL_REQUEST_FAILED.*the key is wrong/,
      ),
      metrics: null,
      partial_metrics: { [task]: { exact_match: { value: 0, n: 8, n_failed: 8 } } },
      answers: { [task]: { answered: 0, failed: 8 } },
    });
  });

  test('A judge that refuses every request fails the job for the task that it judges, and no other', () => {
    expect(judged).toMatchObject({
      status: 'failed',
      failure_kind: 'failedAnswers',
      error: expect.stringContaining('8 of 8 answers of odd_judged failed'),
      answers: { odd_judged: { failed: 8 }, odd_filters: { failed: 0, answered: 8 } },
    });
    expect(judged.error).not.toContain('answers of odd_filters');
  });

  test('Filters have a row each, a metric counts the samples that carry it, and text is read as the number it is', () => {
    expect(odd).toMatchObject({
      status: 'completed',
      metrics: {
        odd_filters: { 'acc,strict': { value: 0.5, n: 8 }, 'acc,flexible': { value: 0, n: 8 } },
        odd_parts: { perception: { n: 6, stderr: null, stderr_clt: expect.any(Number) }, cognition: { n: 2 } },
        odd_numpy: { acc: { value: 0.5, n: 8 } },
        odd_objects: {},
      },
      warnings: ['odd_objects: acc is no number, and is left out: {"mean":0.5}'],
    });
  });

  test('An integer beyond 2^53 is answered as it was written', async () => {
    const { text } = await send(`${real.server.url}/jobs/${odd.job_id}`, { method: 'GET' });
    expect(text).toContain('"odd_large":{"acc":{"value":18446744073709551615,');
  });
});
