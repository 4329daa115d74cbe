import { cp, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JobInfo } from '../../src/schemas/job/job.ts';
import { removeFolder } from '../support/files/removeFolder.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { describeWith, lmmsEval, lmmsEvalPython } from '../support/needs.ts';
import { send } from '../support/requests/send.ts';
import { offline, writeTinyTasks } from '../support/runs/tinyTask.ts';
import { startServer, type TestServer } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';

const RUNS = 5;
const TIMEOUT = 1_200_000;

/** Every kind of `!function` that a task may have. */
const UTILS = `
RIGHT = 1.0
def docs(dataset): return dataset.filter(lambda doc: doc["question"] != "")
def visual(doc): return [doc["image"].convert("RGB")]
def text(doc, lmms_eval_specific_kwargs=None): return (lmms_eval_specific_kwargs or {}).get("pre_prompt", "") + doc["question"]
def target(doc): return doc["answer"]
def results(doc, results): return {"evald_score": {"right": results[0] == doc["answer"]}}
def mean(items): return RIGHT * sum(item["right"] for item in items) / len(items)
`;
const task = (name: string, data: string) => `
task: ${name}
dataset_path: parquet
dataset_kwargs:
  data_files:
    test: ${data}
test_split: test
output_type: generate_until
num_fewshot: 0
process_docs: !function utils.docs
doc_to_visual: !function utils.visual
doc_to_text: !function utils.text
doc_to_target: !function utils.target
process_results: !function utils.results
generation_kwargs:
  max_new_tokens: 4
lmms_eval_specific_kwargs:
  default:
    pre_prompt: "Say: "
metric_list:
  - metric: evald_score
    aggregation: !function utils.mean
    higher_is_better: true
metadata:
  - version: 0.0
`;

/** What differs between two runs of anything: times, paths, and where functions lie in memory. */
function withoutTimes(text: string, { job_id }: JobInfo): string {
  return (
    stripVTControlCharacters(text)
      .replaceAll(new RegExp(String.raw`\S*${job_id}`, 'g'), 'FOLDER')
      .replaceAll(/\d{4}-\d\d-\d\d[ T][\d:.]+|\d{8}_\d{6}|0x[0-9a-f]+/g, 'T')
      .replaceAll(/\d+(\.\d+)?s\b|\[\d\d:\d\d.*?\]/g, 'T')
      .replaceAll(/"(total_evaluation_time_seconds|start_time|end_time|date)": .*/g, '')
      .split(/[\r\n]+/)
      // How often a bar is drawn depends on the clock; data are made ready by the first run that there is.
      .filter((line) => !/\d+\/\d+ T$|^Generating test split/.test(line))
      .join('\n')
  );
}

async function read(job: JobInfo) {
  const [files] = Object.values(job.result ?? {});
  const texts = [files?.results ?? '', ...(files?.samples ?? []), job.log ?? ''].map((path) => readFile(path, 'utf8'));
  const [results = '', samples = '', log = ''] = await Promise.all(texts);
  return { metrics: job.metrics, samples, results: withoutTimes(results, job), log: withoutTimes(log, job) };
}

describeWith(lmmsEval, 'runs of lmms-eval that start warm', () => {
  let folder: string;
  let data: string;
  const servers: TestServer[] = [];
  const inside = (name: string) => join(folder, 'lmms_eval', name);

  // Of an editable install, so that it can be edited.
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'evald-warm-'));
    const packages = join(dirname(dirname(lmmsEvalPython)), 'lib/python3.11/site-packages');
    await cp(join(packages, 'lmms_eval'), inside(''), { recursive: true, preserveTimestamps: true });
    await writeTinyTasks(lmmsEvalPython, join(folder, 'data'));
    data = join(folder, 'data', 'colours.parquet');
    await mkdir(inside('tasks/evald_kinds'));
    await writeFile(inside('tasks/evald_kinds/utils.py'), UTILS);
    await writeFile(inside('tasks/evald_kinds/kinds.yaml'), task('evald_kinds', data));
  }, TIMEOUT);
  afterAll(async () => {
    for (const server of servers) await server.stop();
    await removeFolder(folder);
  });

  const serverWith = async (...flags: string[]) => {
    const env = { ...offline, PYTHONPATH: folder };
    const server = await startServer({ harness: 'lmms-eval', flags: ['--python', lmmsEvalPython, ...flags], env });
    servers.push(server);
    return server;
  };
  const evaluate = async ({ url }: TestServer, name = 'evald_kinds') =>
    endedJob(url, await submit(url, { model: 'dummy', model_args: { response: 'B' }, tasks: [name] }));
  const isReady = async ({ url }: TestServer) => {
    const { json } = await send(`${url}/health`, { method: 'GET' });
    return (json as { engine: { warm_starts: { state: string } } }).engine.warm_starts.state === 'ready';
  };
  const startedWarm = async ({ url }: TestServer, { job_id }: JobInfo) =>
    (
      (await send(`${url}/jobs/${job_id}/results`, { method: 'GET' })).json as {
        harness: { started_warm?: boolean };
      }
    ).harness.started_warm;

  test(
    'warm runs have the numbers, samples, configuration and log of cold ones, and one that is edited has its edits',
    async () => {
      const [cold, warm] = await Promise.all([serverWith('--slots', '2'), serverWith('--warm-starts', 'true')]);
      const [colds] = await Promise.all([
        Promise.all(Array.from({ length: RUNS }, () => evaluate(cold))),
        evaluate(warm).then(() => eventually(() => isReady(warm))),
      ]);
      const warms: JobInfo[] = [];
      for (let run = 0; run < RUNS; run++) warms.push(await evaluate(warm));
      const [expected, ...others] = await Promise.all([...colds, ...warms].map(read));
      expect(expected).toMatchObject({ metrics: { evald_kinds: { evald_score: { value: 0.5, n: 8 } } } });
      for (const other of others) expect(other).toEqual(expected);
      expect(await Promise.all(warms.map((job) => startedWarm(warm, job)))).toEqual(warms.map(() => true));
      expect(await Promise.all(colds.map((job) => startedWarm(cold, job)))).toEqual(colds.map(() => undefined));

      // What names tasks and what they call is read by each run: these are warm, too.
      await writeFile(inside('tasks/evald_kinds/utils.py'), UTILS.replace('RIGHT = 1.0', 'RIGHT = 0.5'));
      expect((await evaluate(warm)).metrics).toMatchObject({ evald_kinds: { evald_score: { value: 0.25 } } });
      await writeFile(inside('tasks/evald_kinds/kinds.yaml'), task('evald_edited', data));
      expect(await evaluate(warm, 'evald_edited')).toMatchObject({ status: 'completed' });
      expect(await evaluate(warm, 'evald_kinds')).toMatchObject({ status: 'failed' });
      const before = (await send(`${warm.url}/health`, { method: 'GET' })).json;
      expect(before).toMatchObject({ engine: { warm_starts: { warm: RUNS + 3, cold: 1, last_cold: null } } });
      // What it has imported is not.
      const banner = await readFile(inside('utils.py'), 'utf8');
      await writeFile(inside('utils.py'), banner.replaceAll('Probing Intelligence', 'Edited Intelligence'));
      const edited = await evaluate(warm, 'evald_edited');
      expect(await readFile(edited.log ?? '', 'utf8')).toContain('Edited Intelligence');
      expect((await send(`${warm.url}/health`, { method: 'GET' })).json).toMatchObject({
        engine: { warm_starts: { warm: RUNS + 3, cold: 2 } },
      });
    },
    TIMEOUT,
  );
});
