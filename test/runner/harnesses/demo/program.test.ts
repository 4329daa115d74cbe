import { once } from 'node:events';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFrame } from '../../../../src/runner/progress/tqdm.ts';
import { removeFolder } from '../../../support/files/removeFolder.ts';
import { readResults, runProgram, startProgram } from './runProgram.ts';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'evald-demo-'));
});
afterAll(() => removeFolder(root));

describe.concurrent('the demo program', () => {
  it('the demo program writes the files, the log and the bars of lmms-eval', async () => {
    const output = join(root, 'whole');
    const { code, stdout, stderr } = await runProgram([
      ...['--model=nearest-template', '--tasks=demo', `--output_path=${output}`, '--limit=20', '--log_samples'],
      ...['--model_args=pretrained=org/toy,seed=5', '--num_fewshot=2', '--device=cpu', '--gen_kwargs=temperature=0'],
    ]);
    expect(code).toBe(0);

    const folder = join(output, 'org__toy');
    const files = (await readdir(folder)).sort();
    const stamp = files[0]?.slice(0, 15);
    expect(stamp).toMatch(/^\d{8}_\d{6}$/);
    expect(files).toEqual(
      ['results.json', 'samples_demo_digits.jsonl', 'samples_demo_shapes.jsonl'].map((name) => `${stamp}_${name}`),
    );

    const results = await readResults(folder);
    const row = { 'acc,none': expect.any(Number), 'acc_stderr,none': expect.any(Number) };
    expect(results).toMatchObject({
      results: {
        demo: { ...row, alias: 'demo' },
        demo_digits: { ...row, alias: ' - demo_digits' },
        demo_shapes: { ...row, alias: ' - demo_shapes' },
      },
      groups: { demo: row },
      group_subtasks: { demo: ['demo_digits', 'demo_shapes'] },
      configs: { demo_digits: { description: expect.stringContaining('measure nothing else') } },
      higher_is_better: { demo: { acc: true }, demo_digits: { acc: true } },
      'n-samples': { demo_digits: { original: 200, effective: 20 }, demo_shapes: { original: 200, effective: 20 } },
      'n-shot': { demo_digits: 0 },
      config: {
        model: 'nearest-template',
        device: 'cpu',
        limit: 20,
        gen_kwargs: 'temperature=0',
        resolved_cli_args: { num_fewshot: 2 },
      },
      date: stamp,
      model_name: 'org/toy',
      total_evaluation_time_seconds: expect.stringMatching(/^\d+\.\d+/),
    });

    const samples = (await readFile(join(folder, `${stamp}_samples_demo_digits.jsonl`), 'utf8')).trimEnd().split('\n');
    expect(samples).toHaveLength(20);
    const hits = samples.map((line) => JSON.parse(line)).filter((sample) => sample.acc === 1);
    expect(hits.every((sample) => sample.target === sample.filtered_resps)).toBe(true);
    expect(results).toMatchObject({ results: { demo_digits: { 'acc,none': hits.length / 20 } } });

    const lines = stripVTControlCharacters(stdout).split('\n');
    expect(lines[0]).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \| INFO {5}\| demo\.\w+:\w+ - evald demo: .*measure nothing/,
    );
    const frames = stderr
      .split(/[\r\n]/)
      .filter((text) => text !== '')
      .map(readFrame);
    expect(frames.every((frame) => frame !== null)).toBe(true);
    const labels = frames.map((frame) => frame?.label);
    expect(labels.join()).toMatch(/^,+(Model Responding,)+(Postprocessing,?)+$/);
  });

  it('the demo program scores alike when run twice', async () => {
    const rows = await Promise.all(
      ['one', 'two'].map(async (name) => {
        const output = join(root, name);
        await runProgram(['--model=random', '--tasks=demo_digits', `--output_path=${output}`, '--model_args=seed=77']);
        // Without --log_samples there is the results file and nothing else.
        expect(await readdir(output)).toHaveLength(1);
        return (await readResults(output))['results'];
      }),
    );
    expect(rows[0]).toEqual(rows[1]);
  });

  it('the demo program invents no metric when it only predicts', async () => {
    const output = join(root, 'predict');
    await runProgram(['--model=majority', '--tasks=demo', `--output_path=${output}`, '--predict_only', '--limit=3']);
    const results = await readResults(output);
    expect(results['results']).toEqual({
      demo: { alias: 'demo' },
      demo_digits: { alias: ' - demo_digits' },
      demo_shapes: { alias: ' - demo_shapes' },
    });
    const name = (await readdir(output)).find((entry) => entry.endsWith('demo_shapes.jsonl'));
    const lines = (await readFile(join(output, name ?? ''), 'utf8')).trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(JSON.parse(lines[0] ?? '')).not.toHaveProperty('acc');
  });

  it.each([
    ['an unknown task', { tasks: 'demo,nosuch' }, 'Tasks not found: nosuch.', 'Tasks were not found: nosuch'],
    ['an unknown model', { model: 'gpt' }, "Model 'gpt' not found in available models"],
    ['bad model_args', { model_args: 'xyz' }, "expected key=value, got 'xyz'"],
    ['a limit of zero', { limit: '0' }, '--limit must be -1 or positive'],
  ])('the demo program says so and exits 0 on %s', async (name, change, ...messages) => {
    const output = join(root, name);
    const flags = { model: 'random', tasks: 'demo', output_path: output, ...change };
    const { code, stdout } = await runProgram(Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`));
    expect(code).toBe(0);
    const log = stripVTControlCharacters(stdout);
    expect(log).toMatch(/\| ERROR {4}\| .*Error during evaluation: /);
    for (const message of messages) expect(log).toContain(message);
    await expect(readdir(output)).rejects.toThrow('ENOENT');
  });

  it('the demo program says so and exits 0 without tasks, or when it cannot save', async () => {
    const bare = await runProgram(['--model=random']);
    expect(bare.code).toBe(0);
    expect(bare.stdout).toContain('Need to specify task to evaluate');

    const file = join(root, 'file');
    await writeFile(file, '');
    const stuck = await runProgram([
      '--model=random',
      '--tasks=demo_digits',
      '--limit=1',
      `--output_path=${file}`,
      '--log_samples',
    ]);
    expect(stuck.code).toBe(0);
    expect(stuck.stdout).toContain('Could not save results aggregated');
    expect(stuck.stdout).toContain('Could not save sample results');
  });

  it('the demo program exits 2 on a flag it does not know', async () => {
    const { code, stderr } = await runProgram(['--nosuch=1']);
    expect(code).toBe(2);
    expect(stderr).toContain('--nosuch');
  });

  it('the demo program runs slowly when asked to, shows how far it is, and ends on TERM before it has answered all', async () => {
    const output = join(root, 'slow');
    const child = startProgram([
      '--model=random',
      '--tasks=demo',
      `--output_path=${output}`,
      '--model_args=delay=0.02',
    ]);
    const closed = once(child, 'close');
    let drawn = '';
    await new Promise<void>((resolve) => {
      child.stderr.on('data', (chunk) => {
        drawn += String(chunk);
        if (/Model Responding: +\d+%\|.{10}\| [1-9]\d*\/400 \[/.test(drawn)) resolve();
      });
    });
    child.kill('SIGTERM');
    await closed;
    expect(child.signalCode).toBe('SIGTERM');
    await expect(readdir(output)).rejects.toThrow('ENOENT');
  });
});
