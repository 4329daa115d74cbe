import { globSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { removeFolder } from '../files/removeFolder.ts';
import { lmEvalPython } from '../needs.ts';
import { offline } from '../runs/tinyTask.ts';
import { startServer, type TestServer, type TestServerOptions } from '../server/server.ts';

/** What the documents of each task have as their answers. The model `dummy` says "lol" to all: right are 2 of 6. */
const ANSWERS = ['lol', 'LOL', 'x', 'lol', 'y', 'z'];

const HOLD = `
import os, time
here = os.path.dirname(__file__)
def hold(docs):
    with open(os.path.join(here, "begun"), "a") as file: file.write(f"{os.getpid()}\\n")
    while os.path.exists(os.path.join(here, "held")): time.sleep(0.05)
    return docs
`;

import { exactMatchYaml } from '../runs/letterTask.ts';

/** By the filter \`plain\` case counts as it was said; by \`loud\` all is made large first, so that one other document is right. */
const taskYaml = (name: string, tag: string, data: string, more = '') =>
  exactMatchYaml(
    `task: ${name}\ntag: ${tag}`,
    data,
    `  - name: plain
    filter:
      - function: take_first
  - name: loud
    filter:
      - function: uppercase
      - function: take_first
metadata:
  version: 1.5
${more}`,
  );

const groupYaml = `
group: evald_group
task: [evald_one, evald_two]
aggregate_metric_list:
  - metric: exact_match
    aggregation: mean
    weight_by_size: true
    filter_list: [plain]
metadata:
  version: 1.5
`;

export type LmEvalFolder = {
  folder: string;
  /** Of the real package with the few tasks of a test in the place of its 14,000, which take a minute to be read. */
  python: string;
  includePath: string;
  /** Writes a task that has a name and a tag into a file. */
  writeTask(file: string, name: string, tag: string): Promise<void>;
  /** Has runs of \`evald_held\` wait before their model is asked, until it is released. */
  hold(): Promise<void>;
  release(): Promise<void>;
  /** Pids of the runs of it that have come so far. */
  begun(): Promise<number[]>;
  /** What a server needs to have it. */
  flags: string[];
  env: Record<string, string>;
  /** Starts a server whose default is the demo, with lm-eval beside it. */
  start(options?: TestServerOptions): Promise<TestServer>;
  remove(): Promise<void>;
};

/** A folder with tiny tasks of lm-eval: \`evald_one\` and \`evald_two\` (tag \`evald_tag\`, group \`evald_group\`), \`evald_held\`. */
export async function makeLmEvalFolder(): Promise<LmEvalFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'evald-lm-'));
  const includePath = join(folder, 'tasks');
  await mkdir(includePath);
  const data = join(folder, 'data.jsonl');
  const lines = ANSWERS.map((answer, at) => JSON.stringify({ question: `Question ${at}?`, answer }));
  await writeFile(data, `${lines.join('\n')}\n`);
  const writeTask = (file: string, name: string, tag: string, more = '') =>
    writeFile(join(includePath, file), taskYaml(name, tag, data, more));
  await writeTask('one.yaml', 'evald_one', 'evald_tag');
  await writeTask('two.yaml', 'evald_two', 'evald_tag');
  await writeTask('held.yaml', 'evald_held', 'evald_other', 'process_docs: !function hold.hold\n');
  await writeFile(join(includePath, 'group.yaml'), groupYaml);
  await writeFile(join(includePath, 'hold.py'), HOLD);
  const held = join(includePath, 'held');
  const python = await withoutTasks(folder);
  const own = ['--lm-eval-python', python, '--lm-eval-extra-args', `--include_path ${includePath}`];
  const variables = { ...offline, HF_HOME: join(folder, 'hf') };
  return {
    ...{ folder, python, includePath, writeTask, flags: own, env: variables },
    hold: () => writeFile(held, ''),
    release: () => rm(held, { force: true }),
    begun: async () => {
      const noted = await readFile(join(includePath, 'begun'), 'utf8').catch(() => '');
      // lm-eval asks for the documents of a task several times.
      return [...new Set(noted.split('\n').filter(Boolean).map(Number))];
    },
    start: ({ flags = [], env = {}, ...more } = {}) =>
      startServer({
        ...more,
        flags: [...own, '--slots', '2', ...flags],
        env: { ...variables, ...env },
      }),
    remove: () => removeFolder(folder),
  };
}

/** @returns a Python that has the package of the setup, without the folders of its tasks. */
async function withoutTasks(folder: string): Promise<string> {
  await copyWithoutTasks(join(folder, 'packages', 'lm_eval'));
  const python = join(folder, 'python');
  await writeFile(python, `#!/bin/sh\nPYTHONPATH=${join(folder, 'packages')} exec ${lmEvalPython} "$@"\n`);
  await chmod(python, 0o755);
  return python;
}

/** Copies the package of the setup without the folders of its tasks. @param place the folder `lm_eval` that is made. */
export async function copyWithoutTasks(place: string): Promise<void> {
  const [installed = ''] = globSync(join(dirname(dirname(lmEvalPython)), 'lib/python3*/site-packages/lm_eval'));
  const tasks = join(installed, 'tasks');
  await cp(installed, place, {
    recursive: true,
    preserveTimestamps: true,
    filter: (path) => dirname(path) !== tasks || path.endsWith('.py') || basename(path) === '__pycache__',
  });
}
