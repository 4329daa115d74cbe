import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A results file and a samples file, as a harness writes them. */
export type WrittenRun = { results: string; samples: string[] };

type Fields = Record<string, unknown>;

/** Samples as lmms-eval writes them, right and wrong in turn. */
const lmmsSample = (id: number) => ({
  doc_id: id,
  target: 'B',
  filtered_resps: [id % 2 === 0 ? 'B' : 'C'],
  doc_hash: `d${id}`,
  exact_match: id % 2 === 0 ? 1 : 0,
  input: `Question ${id}?`,
});

/**
 * Writes what lmms-eval 0.7 writes of a run of one task of four samples: `<model>/<stamp>_results.json` and its samples.
 * @param more replaces fields of the results file.
 */
export async function writeLmmsEvalRun(
  dir: string,
  { model = 'ckpt__step-100', stamp = '20260301_120000', more = {} as Fields } = {},
): Promise<WrittenRun> {
  const folder = join(dir, model);
  await mkdir(folder, { recursive: true });
  const results = join(folder, `${stamp}_results.json`);
  const samples = join(folder, `${stamp}_samples_shapes.jsonl`);
  await writeFile(samples, `${[0, 1, 2, 3].map((id) => JSON.stringify(lmmsSample(id))).join('\n')}\n`);
  const file = {
    results: { shapes: { alias: 'shapes', 'exact_match,none': 0.5, 'exact_match_stderr,none': 'N/A' } },
    group_subtasks: { shapes: [] },
    configs: { shapes: { task: 'shapes', metadata: { version: 2 } } },
    versions: { shapes: 2 },
    'n-shot': { shapes: 0 },
    higher_is_better: { shapes: { exact_match: true } },
    'n-samples': { shapes: { original: 4, effective: 4 } },
    config: {
      model: 'qwen2_5_vl',
      model_args: 'pretrained=/ckpt/step-100,attn=sdpa,max_pixels=1003520,use_cache=False',
      batch_size: '1',
      device: null,
      limit: null,
      gen_kwargs: '',
      resolved_cli_args: { tasks: 'shapes', num_fewshot: null, predict_only: false },
    },
    git_hash: 'abc1234',
    date: stamp,
    model_name: 'ckpt__step-100',
    lmms_eval_version: 'main@abc1234',
    total_evaluation_time_seconds: '12.5',
    ...more,
  };
  await writeFile(results, JSON.stringify(file, null, 2));
  return { results, samples: [samples] };
}

/** A sample as lm-eval writes it: a row for each filter. */
const lmSample = (id: number, filter: string) => ({
  doc_id: id,
  doc: { question: `Question ${id}?` },
  target: '4',
  arguments: { gen_args_0: { arg_0: `Question ${id}?` } },
  resps: [['The answer is 4']],
  filtered_resps: ['4'],
  filter,
  metrics: ['exact_match'],
  doc_hash: `d${id}`,
  prompt_hash: `p${id}`,
  target_hash: 't',
  exact_match: filter === 'strict-match' ? 0 : 1,
});

/** Writes what lm-eval 0.4 writes of a run of one task of three samples and two filters. @param more as of `writeLmmsEvalRun`. */
export async function writeLmEvalRun(
  dir: string,
  { model = 'ckpt__step-200', stamp = '2026-03-02T10-22-33.123456', more = {} as Fields, args = {} as Fields } = {},
): Promise<WrittenRun> {
  const folder = join(dir, model);
  await mkdir(folder, { recursive: true });
  const results = join(folder, `results_${stamp}.json`);
  const samples = join(folder, `samples_sums_hard_${stamp}.jsonl`);
  const rows = ['strict-match', 'flexible-extract'].flatMap((filter) => [0, 1, 2].map((id) => lmSample(id, filter)));
  await writeFile(samples, `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`);
  const file = {
    results: {
      sums_hard: {
        alias: 'sums_hard',
        'exact_match,strict-match': 0,
        'exact_match_stderr,strict-match': 0,
        'exact_match,flexible-extract': 1,
        'exact_match_stderr,flexible-extract': 0.25,
      },
    },
    group_subtasks: { sums_hard: [] },
    configs: {
      sums_hard: { task: 'sums_hard', filter_list: [{ name: 'strict-match' }, { name: 'flexible-extract' }] },
    },
    versions: { sums_hard: 3 },
    'n-shot': { sums_hard: 5 },
    higher_is_better: { sums_hard: { exact_match: true } },
    'n-samples': { sums_hard: { original: 3, effective: 3 } },
    config: {
      model: 'hf',
      model_args: { pretrained: '/ckpt/step-200', dtype: 'bfloat16', trust_remote_code: true, ...args },
      batch_size: 8,
      device: 'cuda:0',
      limit: null,
      gen_kwargs: { temperature: 0, until: ['\n'] },
      random_seed: 0,
    },
    git_hash: null,
    date: Date.UTC(2026, 2, 2, 10, 20, 0) / 1_000,
    task_hashes: { sums_hard: 'h' },
    model_source: 'hf',
    model_name: '/ckpt/step-200',
    model_name_sanitized: model,
    start_time: 1_000.5,
    end_time: 1_153.25,
    lm_eval_version: '0.4.13',
    chat_template_sha: null,
    total_evaluation_time_seconds: '152.75',
    ...more,
  };
  await writeFile(results, JSON.stringify(file, null, 2));
  return { results, samples: [samples] };
}

/** All that lies below a folder: path, content and time of change, to see that nothing was touched. */
export async function contentOf(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const all = entries.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    const { mtimeMs, mode } = await stat(path);
    return `${path} ${mode} ${mtimeMs} ${entry.isFile() ? await readFile(path, 'latin1') : ''}`;
  });
  return (await Promise.all(all)).sort();
}
