import { execFile } from 'node:child_process';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { lmmsEvalPython } from '../../test/support/needs.ts';

const run = promisify(execFile);

/** Samples that a run has. */
export const SAMPLES = 8;
const TASK = 'evald_bench';

/** What every evaluation of the benchmark asks for. The model answers the same to everything, without a model. */
export const evaluationRequest = {
  model: 'dummy',
  tasks: [TASK],
  // The original looks for results in the folder of a model, which has this name.
  model_args: { response: 'B', pretrained: 'dummy' },
};

/** A copy of lmms-eval with a task of its own, as for an evaluation on data of one's own. */
export type Installation = {
  python: string;
  /** What a server of it is started with, and so its runs: nothing is asked of the network, nothing is left elsewhere. */
  env: NodeJS.ProcessEnv;
  /** The file in which each run notes when its process began and when its first sample was scored. */
  stamps: string;
};

/** Makes one. No file of lmms-eval is changed: a folder of tasks is added. @param folder is empty and goes with the run. */
export async function installWithTask(folder: string): Promise<Installation> {
  const python = lmmsEvalPython;
  const where = 'import sysconfig; print(sysconfig.get_path("purelib"))';
  const packages = (await run(python, ['-c', where])).stdout.trim();
  // Nothing else may be in it: what appears where modules are looked for would end a warm parent.
  const modules = join(folder, 'modules');
  const [copy, data, stamps] = [join(modules, 'lmms_eval'), join(folder, 'colours.parquet'), join(folder, 'stamps')];
  // With its times: what is compiled of it is kept.
  await cp(join(packages, 'lmms_eval'), copy, { recursive: true, preserveTimestamps: true });
  const tasks = join(copy, 'tasks', TASK);
  const temporary = join(folder, 'tmp');
  await mkdir(tasks);
  await mkdir(temporary);
  await writeFile(join(tasks, 'utils.py'), utils(stamps));
  await writeFile(join(tasks, `${TASK}.yaml`), taskYaml(data));
  const offline = { HF_HUB_OFFLINE: '1', HF_DATASETS_OFFLINE: '1', TRANSFORMERS_OFFLINE: '1' };
  const env = { ...process.env, ...offline, HF_HOME: join(folder, 'hf'), TMPDIR: temporary, PYTHONPATH: modules };
  await run(python, ['-c', DATA, data, String(SAMPLES)], { env });
  return { python, env, stamps };
}

/** Times are those of the monotonic clock, which all processes of a machine share. */
const utils = (stamps: string) => `
import json, os, time
noted = False
def note():
    global noted
    noted = True
    scored = time.monotonic()
    with open("/proc/self/stat") as file: ticks = int(file.read().rpartition(")")[2].split()[19])
    suspended = time.clock_gettime(time.CLOCK_BOOTTIME) - scored
    started = ticks / os.sysconf("SC_CLK_TCK") - suspended
    with open(${JSON.stringify(stamps)}, "a") as file:
        file.write(json.dumps({"pid": os.getpid(), "started": started, "scored": scored}) + "\\n")
def visual(doc): return [doc["image"].convert("RGB")]
def results(doc, results):
    if not noted: note()
    return {"right": float(results[0] == doc["answer"])}
def mean(items): return sum(items) / len(items)
`;

const taskYaml = (data: string) => `
task: ${TASK}
dataset_path: parquet
dataset_kwargs:
  data_files:
    test: ${data}
test_split: test
output_type: generate_until
num_fewshot: 0
doc_to_visual: !function utils.visual
doc_to_text: question
doc_to_target: answer
process_results: !function utils.results
generation_kwargs:
  max_new_tokens: 4
metric_list:
  - metric: right
    aggregation: !function utils.mean
    higher_is_better: true
metadata:
  - version: 0.0
`;

const DATA = `
import sys, datasets
from PIL import Image
path, count = sys.argv[1], int(sys.argv[2])
colours = [((0, 0, 255), "B"), ((255, 0, 0), "A")]
rows = [{"image": Image.new("RGB", (32, 32), colour), "question": "What colour? A red B blue", "answer": answer}
    for colour, answer in (colours[i % 2] for i in range(count))]
features = {"image": datasets.Image(), "question": datasets.Value("string"), "answer": datasets.Value("string")}
datasets.Dataset.from_list(rows, features=datasets.Features(features)).to_parquet(path)
`;
