import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Environment in which lmms-eval asks nothing of the network. */
export const offline = { HF_HUB_OFFLINE: '1', HF_DATASETS_OFFLINE: '1', TRANSFORMERS_OFFLINE: '1' };

export type TinyTasks = {
  /** The folder for `--include_path`. */
  includePath: string;
  /** Two tasks of eight pictures each, of which the answer "B" is right for half; both have the tag. */
  tasks: [string, string];
  tag: string;
  /** A group of both, with their mean. */
  group: string;
};

const DATA = `
import sys, datasets
from PIL import Image
rows = []
for i in range(8):
    image = Image.new("RGB", (32, 32), (255, 0, 0) if i % 2 else (0, 0, 255))
    rows.append({"image": image, "question": "What colour? A red B blue", "answer": "A" if i % 2 else "B"})
features = {"image": datasets.Image(), "question": datasets.Value("string"), "answer": datasets.Value("string")}
datasets.Dataset.from_list(rows, features=datasets.Features(features)).to_parquet(sys.argv[1])
`;

/**
 * Writes two tiny image tasks for lmms-eval into a folder.
 *
 * @param python one that has lmms-eval. @param folder made if it is not there.
 */
export async function writeTinyTasks(python: string, folder: string): Promise<TinyTasks> {
  const includePath = join(folder, 'tasks');
  await mkdir(includePath, { recursive: true });
  const data = join(folder, 'colours.parquet');
  await promisify(execFile)(python, ['-c', DATA, data], { env: { ...process.env, ...offline } });
  const tasks: [string, string] = ['evald_colours', 'evald_colours_again'];
  await writeFile(join(includePath, 'evald_utils.py'), 'def visual(doc): return [doc["image"].convert("RGB")]\n');
  for (const task of tasks) await writeFile(join(includePath, `${task}.yaml`), taskYaml(task, data));
  await writeFile(join(includePath, 'evald_group.yaml'), groupYaml(tasks));
  return { includePath, tasks, tag: 'evald_tag', group: 'evald_group' };
}

function taskYaml(task: string, data: string): string {
  return `
task: ${task}
tag: evald_tag
dataset_path: parquet
dataset_kwargs:
  data_files:
    test: ${data}
test_split: test
output_type: generate_until
num_fewshot: 0
doc_to_visual: !function evald_utils.visual
doc_to_text: question
doc_to_target: answer
generation_kwargs:
  max_new_tokens: 4
  until: ["\\n"]
metric_list:
  - metric: exact_match
    aggregation: mean
    higher_is_better: true
metadata:
  - version: 0.0
`;
}

function groupYaml(tasks: string[]): string {
  return `
group: evald_group
task:
${tasks.map((task) => `  - ${task}`).join('\n')}
aggregate_metric_list:
  - metric: exact_match
    aggregation: mean
    weight_by_size: true
metadata:
  version: 0.0
`;
}
