import { appendFile, copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { samplesTask } from '../../src/schemas/results/samplesName.ts';
import { makeInspectPackage } from '../support/harnesses/inspectPackage.ts';
import { makeLmEvalFolder } from '../support/harnesses/lmEvalServer.ts';
import { inspect, lmEval, lmmsEval, lmmsEvalPython, type Need } from '../support/needs.ts';
import { fixture } from '../support/runs/localRun.ts';
import { offline, writeTinyTasks } from '../support/runs/tinyTask.ts';

/** What the promises of all harnesses are tried with, of one of them. */
export type Trial = {
  /** Of a server that has it. */
  flags: string[];
  env?: Record<string, string>;
  /** Two tasks that are evaluated, with arguments of the model among which a credential may be. */
  request: { model: string; tasks: [string, string]; model_args?: object; limit?: number };
  /** task → what it measures. */
  numbers: Record<string, object>;
  /** Takes what a run has measured of a task out of the folder that it has written. */
  spoil(output: string, task: string): Promise<void>;
  remove?(): Promise<void>;
};

export type TrialEntry = {
  /** As jobs name it. */
  name: string;
  /** What it needs beyond npm; null: nothing, and its runs are short. */
  need: Need | null;
  /** @param folder an empty one. Its runs are held as `test/fixtures/contract/control.*` says. */
  prepare(folder: string): Promise<Trial>;
};

/** A number of all samples of its task. */
const whole = (value: number, n: number, filter = 'none') => ({
  ...{ value, filter, higher_is_better: true },
  ...{ n, n_unscored: 0, n_failed: 0, n_empty: 0 },
});

/** Its samples are missing then. */
async function removeSamples(output: string, task: string): Promise<void> {
  const files = await readdir(output, { recursive: true });
  for (const name of files) if (name.endsWith('.jsonl') && samplesTask(name) === task) await rm(join(output, name));
}

const demo: TrialEntry = {
  name: 'demo',
  need: null,
  prepare: async () => ({
    flags: ['--pass-env', 'NODE_OPTIONS'],
    env: { NODE_OPTIONS: `--import=${fixture('contract/demo.mjs')}` },
    request: { model: 'nearest-template', tasks: ['demo_digits', 'demo_shapes'], model_args: { seed: 7 }, limit: 8 },
    numbers: { demo_digits: { acc: whole(7 / 8, 8) }, demo_shapes: { acc: whole(1, 8) } },
    spoil: removeSamples,
  }),
};

const command: TrialEntry = {
  name: 'command:example',
  need: null,
  async prepare(folder) {
    const file = join(folder, 'example.json');
    const words = [process.execPath, fixture('contract/command.mjs'), '{output}', '{config}'];
    await writeFile(file, JSON.stringify({ command: words, version: '3', higher_is_better: { acc: true } }));
    return {
      flags: ['--command-harness', `example=${file}`],
      request: { model: 'any', tasks: ['first', 'second'] },
      numbers: { first: { acc: whole(3 / 4, 4) }, second: { acc: whole(3 / 4, 4) } },
      // It says of no task how many samples there are.
      async spoil(output, task) {
        const results = join(output, 'results.json');
        const { [task]: _, ...rest } = JSON.parse(await readFile(results, 'utf8'));
        await writeFile(results, JSON.stringify(rest));
      },
    };
  },
};

const BEGIN = 'process_docs: !function control.begin\n';

const realLmEval: TrialEntry = {
  name: 'lm-eval',
  need: lmEval,
  async prepare() {
    const lm = await makeLmEvalFolder();
    await copyFile(fixture('contract/control.py'), join(lm.includePath, 'control.py'));
    for (const file of ['one.yaml', 'two.yaml']) await appendFile(join(lm.includePath, file), BEGIN);
    const scores = { 'exact_match,plain': whole(2 / 6, 6, 'plain'), 'exact_match,loud': whole(1 / 6, 6, 'loud') };
    return {
      flags: lm.flags,
      env: lm.env,
      request: { model: 'dummy', tasks: ['evald_one', 'evald_two'], model_args: { pretrained: 'm' } },
      numbers: { evald_one: scores, evald_two: scores },
      spoil: removeSamples,
      remove: lm.remove,
    };
  },
};

const realLmmsEval: TrialEntry = {
  name: 'lmms-eval',
  need: lmmsEval,
  async prepare(folder) {
    const { includePath, tasks } = await writeTinyTasks(lmmsEvalPython, folder);
    await copyFile(fixture('contract/control.py'), join(includePath, 'control.py'));
    for (const task of tasks) await appendFile(join(includePath, `${task}.yaml`), BEGIN);
    return {
      flags: ['--python', lmmsEvalPython, '--extra-args', `--include_path "${includePath}"`],
      env: offline,
      request: { model: 'dummy', tasks, model_args: { response: 'B' } },
      numbers: Object.fromEntries(tasks.map((task) => [task, { exact_match: whole(1 / 2, 8) }])),
      spoil: removeSamples,
    };
  },
};

const realInspect: TrialEntry = {
  name: 'inspect',
  need: inspect,
  async prepare(folder) {
    const tasks: [string, string] = ['evald_contract/first', 'evald_contract/second'];
    return {
      flags: ['--inspect-python', await makeInspectPackage(folder)],
      request: { model: 'none/none', tasks },
      numbers: Object.fromEntries(tasks.map((task) => [task, { 'match/accuracy': whole(3 / 4, 4) }])),
      spoil: removeSamples,
    };
  },
};

/** All harnesses that are held to the promises of `promises.ts`. A new one is an entry. */
export const table: readonly TrialEntry[] = [demo, command, realLmEval, realInspect, realLmmsEval];
