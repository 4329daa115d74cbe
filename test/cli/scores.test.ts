import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { comparisonSchema } from '../../src/schemas/scores/comparison.ts';
import { scoreSchema } from '../../src/schemas/scores/score.ts';
import { evald, evaldOnTerminal } from './asked.ts';
import { EVIL, type Scored, startScored } from './scoredJobs.ts';

let scored: Scored;
let folder: string;
let env: Record<string, string>;

beforeAll(async () => {
  scored = await startScored();
  ({ folder, env } = scored);
});
afterAll(() => scored.stop());

const idOf = (name: string): string => scored.idOf(name);

describe('board', () => {
  test('board has a row a model and checkpoint, a column a score, marks the best, and says why a cell is empty', async () => {
    const { code, stdout, stderr } = await evald(['board'], { env });
    expect(code).toBe(0);
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    expect(rows.slice(0, 2)).toEqual([
      ['model', 'checkpoint', 'run', 'step', 'demo_digits', 'demo_shapes'],
      ['', 'acc', 'acc'],
    ]);
    expect(rows.slice(2).map(([model, checkpoint]) => `${model} ${checkpoint}`)).toEqual([
      'majority r8/step-1000',
      'majority r8/step-2000',
      'nearest-template r7/step-1000',
      `nearest-template ${EVIL.shown}/step-1000`,
      'nearest-template r7/step-2000',
      'nearest-template r7/step-3000',
      'random r6/step-1000',
    ]);
    expect(rows[2]?.[4]).toMatch(/^0\.\d{3} ±0\.\d{3}$/);
    expect(rows[4]?.[4]).toMatch(/^0\.\d{3} ±0\.\d{3} \*$/);
    expect(rows[5]?.slice(4)).toEqual(['queued', 'queued']);
    expect(rows[6]?.slice(4)).toEqual(['failed (timedOut)', 'failed (timedOut)']);
    expect(rows[7]?.[4]).toBe(rows[4]?.[4]);
    expect(stderr).toContain('* best of its column');
  });

  test('board takes a filter, and with --all has a row a job', async () => {
    const { stdout } = await evald(['board', '--label', 'run=r8', '-t', 'demo_digits', '--all', '-o', 'csv'], { env });
    const [head, ...rows] = stdout.trimEnd().split('\n');
    expect(head).toBe(
      'model,checkpoint,imported,run,step,job_id,demo_digits acc,demo_digits acc stderr,demo_digits acc note',
    );
    expect(rows).toEqual([
      expect.stringMatching(`^majority,/ckpt/r8/step-1000,false,r8,1000,${idOf('r8-1000')},0\\.\\d+,0\\.\\d{6,},best$`),
      expect.stringMatching(`^majority,/ckpt/r8/step-2000,false,r8,2000,${idOf('r8-2000')},0\\.\\d+,0\\.\\d{6,},best$`),
    ]);
  });

  test('board as Markdown and JSON has the same rows', async () => {
    const md = await evald(['board', '--model', 'random', '-o', 'md', '--columns', 'model,step,demo_digits acc'], {
      env,
    });
    expect(md.stdout).toMatch(
      /^\| model \| step \| demo_digits acc \|\n\| --- \| ---: \| ---: \|\n\| random \| 1000 \| 0\.\d{3} ±0\.\d{3} \|\n$/,
    );
    const json = JSON.parse((await evald(['board', '-o', 'json'], { env })).stdout);
    expect(json.columns).toMatchObject([
      { task: 'demo_digits', metric: 'acc' },
      { task: 'demo_shapes', metric: 'acc' },
    ]);
    expect(json.rows[4].cells[0]).toEqual({ score: null, reason: 'failed (timedOut)', job_id: expect.any(String) });
    const none = await evald(['board', '-t', 'nothing'], { env });
    expect(none).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining('There is no score like this.'),
    });
  });
});

describe('compare', () => {
  test('compare says which run is better, and what differs in how they were made', async () => {
    const { code, stdout, stderr } = await evald(['compare', idOf('r6-1000').slice(0, 13), idOf('r7-3000')], { env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^baseline +[0-9a-f]{8} +random +r6\/step-1000 +run=r6 step=1000/);
    expect(
      stdout.match(/^▲ better +demo_(digits|shapes) +acc .* \+0\.\d{3} +\[\+0\.\d{3}, \+0\.\d{3}\] +<0\.001 /gm),
    ).toHaveLength(2);
    expect(stdout).toMatch(/^differs: .*pretrained: .*step-1000.* → .*step-3000/m);
  });

  test('compare of a run with one that is equal finds no sample that differs', async () => {
    const { stdout } = await evald(['compare', idOf('r7-1000'), idOf('r7-3000'), '-t', 'demo_digits'], { env });
    expect(stdout).toMatch(/^= same +demo_digits .* \+0 -0 =200 +200$/m);
    expect(stdout).not.toContain('demo_shapes');
  });

  test('the commands that compare prints show the sample that differs', async () => {
    const args = ['compare', idOf('r6-1000'), idOf('r7-3000'), '--task', 'demo_digits', '--flips', '3'];
    const { stdout } = await evald(args, { env });
    const rows = /SAMPLE.*\n([\s\S]*?)\n {2}evald/.exec(stdout)?.[1]?.split('\n') ?? [];
    expect(rows).toHaveLength(3);
    const [sample] = rows[0]?.trim().split(/ +/) ?? [];
    const commands = [...stdout.matchAll(/^ {2}evald (samples .*)$/gm)].map(([, line = '']) => line.split(' '));
    expect(commands).toHaveLength(2);
    for (const command of commands) {
      const shown = await evald([...command, '-o', 'json'], { env });
      expect(JSON.parse(shown.stdout).samples).toMatchObject([{ doc_id: Number(sample) }]);
    }
  });

  test('compare with -o json is what the API answers, and csv a row a score with numbers as they are', async () => {
    const args = ['compare', idOf('r6-1000'), idOf('r7-3000')];
    const { stdout } = await evald([...args, '-o', 'json'], { env });
    expect(comparisonSchema.parse(JSON.parse(stdout)).comparisons).toHaveLength(2);
    const csv = (await evald([...args, '-o', 'csv'], { env })).stdout.trimEnd().split('\n');
    expect(csv[0]).toMatch(
      /^task,metric,filter,higher_is_better,a,a_stderr,b,b_stderr,difference,n_a,n_b,n_paired,delta,stderr,/,
    );
    expect(csv.slice(1)).toEqual([expect.stringMatching(/,better,$/), expect.stringMatching(/,better,$/)]);
  });

  test('compare refuses a run that is not completed, and a number of flips that cannot be', async () => {
    const open = await evald(['compare', idOf('r7-1000'), idOf('r9-1000')], { env });
    expect(open.code).not.toBe(0);
    expect({ ...open, code: 0 }).toEqual({ code: 0, stdout: '', stderr: expect.stringMatching(/^evald: [^\n]+\n$/) });
    const flips = await evald(['compare', 'a', 'b', '--flips', '1.5'], { env });
    expect(flips).toMatchObject({ code: 2, stderr: expect.stringContaining('integer from 0 to 200') });
  });
});

describe('plot', () => {
  const plot = (...more: string[]) => evald(['plot', '--task', 'demo_digits', ...more], { env });

  test('plot draws a line a run along the steps, and names what is missing', async () => {
    const { code, stdout, stderr } = await plot();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^demo_digits acc: higher is better, 95 % intervals\n/);
    expect(stdout).toContain(`\n● r6   ○ r7   ■ r8   □ ${EVIL.shown}\n`);
    expect(stdout).toContain('× no result: r7, step 2000: failed (timedOut)\n');
    expect(stdout).toContain(`× no result: ${EVIL.shown}, step 1000: queued\n`);
    const drawing = stdout.split('└')[0] ?? '';
    expect([...'●○■□'].map((sign) => drawing.split(sign).length - 1)).toEqual([1, 2, 2, 0]);
  });

  test('plot with -o csv has the points, and what is missing without a value', async () => {
    const { stdout } = await plot('--label', 'run=r7', '-o', 'csv');
    const [head, ...rows] = stdout.trimEnd().split('\n');
    expect(head).toBe('line,x,value,stderr,low,high,n,job_id,reason');
    expect(rows).toEqual([
      expect.stringMatching(`^r7,1000,0\\.\\d+,0\\.\\d+,0\\.\\d+,0\\.\\d+,200,${idOf('r7-1000')},$`),
      `r7,2000,,,,,,${idOf('r7-2000')},failed (timedOut)`,
      expect.stringMatching(`^r7,3000,0\\.\\d+,0\\.\\d+,0\\.\\d+,0\\.\\d+,200,${idOf('r7-3000')},$`),
    ]);
    const json = JSON.parse((await plot('--label', 'run=r7', '-o', 'json')).stdout);
    expect(json).toMatchObject({ task: 'demo_digits', metric: 'acc', filter: 'none', x: 'label:step' });
    expect(json.points).toHaveLength(3);
  });

  test('plot writes SVG into a file or to standard output', async () => {
    const file = join(folder, 'digits.svg');
    expect(await plot('--svg', file)).toMatchObject({ code: 0, stdout: `${file}\n` });
    const svg = await readFile(file, 'utf8');
    expect(svg).toMatch(/^<svg [^>]*role="img"/);
    expect(svg).toContain('r7, step 2000: failed (timedOut)');
    expect((await plot('--svg', '-')).stdout).toBe(svg);
    const nowhere = await plot('--svg', join(folder, 'none', 'x.svg'));
    expect(nowhere).toMatchObject({ code: 2, stderr: expect.stringContaining('ENOENT') });
  });

  test.each([
    [['plot'], 2, '--task NAME is missing'],
    [['plot', '-t', 'demo_digits', '--x', 'steps'], 2, '--x should be time, or label:NAME'],
    [['plot', '-t', 'demo_digits', '--x', 'time', '--log-x'], 2, '--log-x needs an axis of numbers'],
    [['plot', '-t', 'nothing'], 1, 'there is no score of "nothing"\nTry: evald board'],
  ])('plot says what it cannot draw: %j', async (args, code, says) => {
    expect(await evald(args, { env })).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(says) });
  });

  test('plot along time has each job where it ended, and along a label that none has nothing', async () => {
    expect((await plot('--x', 'time')).stdout).toContain('time (UTC)');
    const { stdout } = await plot('--x', 'label:epoch');
    expect(stdout).toContain('There is no score on the axis.');
    expect(stdout).toContain('not shown: r7, job');
  });
});

describe('export', () => {
  test('export is the long table in CSV, with numbers as they are and what made them', async () => {
    const { code, stdout } = await evald(['export', '--label', 'run=r8'], { env });
    expect(code).toBe(0);
    const [head, ...rows] = stdout.trimEnd().split(/\r?\n/);
    expect(head).toMatch(
      /^run,step,task,metric,filter,value,stderr,n,higher_is_better,job,harness,harness_version,task_version/,
    );
    expect(rows).toHaveLength(4);
    expect(rows[0]).toMatch(
      new RegExp(`^r8,1000,demo_digits,acc,none,0\\.\\d+,0\\.\\d{6,},200,true,${idOf('r8-1000')},`),
    );
  });

  test('export of several jobs, with chosen columns, or to a terminal has the same columns', async () => {
    const ids = [idOf('r7-1000'), idOf('r8-1000')];
    const { stdout: whole } = await evald(['export', '--label', 'run=r7'], { env });
    const { stdout } = await evald(['export', ...ids], { env });
    expect(stdout.split('\n')[0]).toBe(whole.split(/\r?\n/)[0]);
    expect(stdout.trimEnd().split('\n')).toHaveLength(5);
    const chosen = await evald(['export', ...ids, '--columns', 'job,task', '--no-header'], { env });
    expect(chosen.stdout).toBe(ids.map((id) => `${id},demo_digits\n${id},demo_shapes\n`).join(''));
    const { shown } = await evaldOnTerminal(['export', '-t', 'demo_shapes', '-l', 'run=r8'], { env });
    expect(shown.split('\n')[0]).toBe(whole.split(/\r?\n/)[0]);
  });

  test('export as JSON lines has a score a line as the API has it', async () => {
    const { stdout } = await evald(['export', '-o', 'jsonl'], { env });
    const scores = stdout
      .trimEnd()
      .split('\n')
      .map((line) => scoreSchema.parse(JSON.parse(line)));
    expect(scores).toHaveLength(10);
  });

  test('export as Parquet goes into a file or a pipe, and not to a terminal', async () => {
    const file = join(folder, 'scores.parquet');
    const { code, stdout } = await evald(['export', '-o', 'parquet', '--file', file], { env });
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${file}\n` });
    const bytes = await readFile(file);
    expect([bytes.subarray(0, 4).toString(), bytes.subarray(-4).toString()]).toEqual(['PAR1', 'PAR1']);
    const piped = await evald(['export', '-o', 'parquet'], { env });
    expect(piped.stdout.slice(0, 4)).toBe('PAR1');
    const shown = await evaldOnTerminal(['export', '-o', 'parquet'], { env });
    expect(shown).toMatchObject({ code: 2, shown: expect.stringContaining('--file scores.parquet') });
  });

  test.each(['csv', 'json', 'jsonl', 'md'])(
    'export writes a file of %s as a whole, in place of what was there',
    async (format) => {
      const file = join(folder, `scores.${format}`);
      await writeFile(file, 'before');
      expect((await evald(['export', '-o', format, '--file', file], { env })).code).toBe(0);
      expect(await readFile(file, 'utf8')).toBe((await evald(['export', '-o', format], { env })).stdout);
      expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
    },
  );

  test.each([
    [['--file', 'x.parquet'], 'the same with -o parquet'],
    [['--columns', 'jop'], 'did you mean job?'],
    [['--columns', 'jop', '--file', 'x.csv'], 'did you mean job?'],
    [['-o', 'parquet', '--columns', 'job'], '-o parquet has all columns'],
  ])('export refuses what cannot be, and leaves no file: %j', async (args, says) => {
    const ended = await evald(['export', ...args], { env, cwd: folder });
    expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(says) });
    expect((await readdir(folder)).filter((name) => name.startsWith('x.'))).toEqual([]);
  });
});

describe('at a terminal', () => {
  test.each(['board', 'compare', 'plot'])('what would steer it is no part of what %s prints', async (name) => {
    const args = {
      board: ['board'],
      compare: ['compare', idOf('r6-1000'), idOf('r7-3000')],
      plot: ['plot', '-t', 'demo_digits'],
    }[name];
    const { code, shown } = await evaldOnTerminal(args ?? [], { env: { ...env, NO_COLOR: '1' } });
    expect(code).toBe(0);
    expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
    expect(shown.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  test('without NO_COLOR the best of a board is bold, and what differs in a comparison has a colour', async () => {
    const color = { env: { ...env, TERM: 'xterm-256color' } };
    expect((await evaldOnTerminal(['board'], color)).shown).toContain('\x1b[1m0.');
    const compared = await evaldOnTerminal(['compare', idOf('r6-1000'), idOf('r7-3000')], color);
    expect(compared.shown).toContain('\x1b[32m▲ better');
  });
});
