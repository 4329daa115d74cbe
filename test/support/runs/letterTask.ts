import { execFile } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { offline } from './tinyTask.ts';

const run = promisify(execFile);
/** Milliseconds; a run takes some seconds on a machine that does nothing else. */
const LIMIT = 600_000;

/** lm-eval itself, with a model whose answers come from a file: one a line, in the order of the requests. */
const PROGRAM = `
import sys
from lm_eval.api.model import LM
from lm_eval.api.registry import register_model


@register_model("scripted")
class Scripted(LM):
    @classmethod
    def create_from_arg_obj(cls, args, additional_config=None):
        return cls(**args)

    def __init__(self, answers, **kwargs):
        super().__init__()
        self.answers = open(answers).read().splitlines()

    def generate_until(self, requests, disable_tqdm=False):
        return [self.answers[request.doc_id] for request in requests]

    def loglikelihood(self, requests, disable_tqdm=False):
        raise NotImplementedError

    def loglikelihood_rolling(self, requests, disable_tqdm=False):
        raise NotImplementedError


from lm_eval.__main__ import cli_evaluate

cli_evaluate()
`;

/** The task: each document asks for one letter, its answer. By the filter \`strict\` case counts, by \`lenient\` it does not. */
export const letterTask = 'evald_letters';

/** A task of lm-eval whose documents have a question and its answer. @param filters its `filter_list`, and what else it has. */
export const exactMatchYaml = (head: string, data: string, filters: string) => `
${head}
dataset_path: json
dataset_kwargs:
  data_files:
    test: ${data}
test_split: test
output_type: generate_until
num_fewshot: 0
doc_to_text: "{{question}}"
doc_to_target: "{{answer}}"
generation_kwargs:
  max_gen_toks: 4
  until: ["\\n"]
metric_list:
  - metric: exact_match
    aggregation: mean
    higher_is_better: true
filter_list:
${filters}`;

const taskYaml = (data: string) =>
  exactMatchYaml(
    `task: ${letterTask}`,
    data,
    `  - name: strict
    filter:
      - function: take_first
  - name: lenient
    filter:
      - function: lowercase
      - function: take_first
metadata:
  version: 1.0
`,
  );

/** Writes the task into a folder. @param answers the right answers, one a document. @returns the folder for `--include_path`. */
export async function writeLetterTask(folder: string, answers: readonly string[]): Promise<string> {
  const includePath = join(folder, 'letter-tasks');
  await mkdir(includePath, { recursive: true });
  const data = join(folder, 'letters.jsonl');
  const lines = answers.map((answer, at) => JSON.stringify({ question: `Letter ${at}?`, answer }));
  await writeFile(data, `${lines.join('\n')}\n`);
  await writeFile(join(includePath, 'letters.yaml'), taskYaml(data));
  return includePath;
}

/** Files that lm-eval wrote, absolute. */
export type LmEvalFiles = { results: string; samples: string[] };

/**
 * Has the real lm-eval evaluate the task. @param python one that has lm-eval. @param said what the model answers, one a document.
 * @param output a folder of its own.
 */
export async function runLmEval(
  python: string,
  {
    folder,
    includePath,
    said,
    output,
  }: { folder: string; includePath: string; said: readonly string[]; output: string },
): Promise<LmEvalFiles> {
  await mkdir(output, { recursive: true });
  const answers = join(output, 'answers.txt');
  await writeFile(answers, said.join('\n'));
  const asked = ['run', '--model', 'scripted', '--model_args', JSON.stringify({ answers }), '--tasks', letterTask];
  const where = ['--include_path', includePath, '--output_path', output, '--log_samples'];
  const env = { ...process.env, ...offline, HF_HOME: join(folder, 'hf') };
  const { stderr } = await run(python, ['-c', PROGRAM, ...asked, ...where], { env, timeout: LIMIT });
  const files = (await readdir(output, { recursive: true })).map((name) => join(output, name));
  const results = files.find((name) => /\/results_[^/]*\.json$/.test(name));
  if (results === undefined) throw new Error(`${stderr}\nthe run left no results`);
  return { results, samples: files.filter((name) => name.endsWith('.jsonl')) };
}
