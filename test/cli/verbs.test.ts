import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { isVerb, verbs } from '../../src/cli/commands/verbs.ts';
import { createClient } from '../../src/client/client.ts';
import { modelsSchema, tasksSchema } from '../../src/schemas/harness/catalog.ts';
import { harnessesSchema } from '../../src/schemas/harness/harnesses.ts';
import { pauseAnswerSchema } from '../../src/schemas/job/control.ts';
import { jobInfoSchema } from '../../src/schemas/job/job.ts';
import { jobActionsAnswerSchema } from '../../src/schemas/job/jobActions.ts';
import { jobListSchema } from '../../src/schemas/job/jobList.ts';
import { queueSchema } from '../../src/schemas/queue/queue.ts';
import { artifactsSchema } from '../../src/schemas/results/artifacts.ts';
import { jobResultsSchema } from '../../src/schemas/results/jobResults.ts';
import { samplesPageSchema } from '../../src/schemas/results/samplesPage.ts';
import { importAnswerSchema } from '../../src/schemas/scores/imports.ts';
import { healthSchema } from '../../src/schemas/server/health.ts';
import { liveAnswerSchema, machinesSchema } from '../../src/schemas/server/machines.ts';
import { removeFolder } from '../support/files/removeFolder.ts';
import { writeLmEvalRun } from '../support/runs/earlierRuns.ts';
import { startServer, type TestServer } from '../support/server/server.ts';
import { evald, evaldOnTerminal } from './asked.ts';

let server: TestServer;
let folder: string;
let completed: string;
let cancelled: string;
let env: Record<string, string>;

beforeAll(async () => {
  server = await startServer();
  folder = await mkdtemp(join(tmpdir(), 'evald-verbs-'));
  await writeLmEvalRun(earlier);
  env = { EVALD_SERVER: server.url, XDG_CONFIG_HOME: folder };
  const client = createClient({ server: server.url });
  // Before all others: the last job that completed is not to be one of these.
  await client.importRuns({ dir: earlier });
  const { job_id } = await client.submit({ model: 'majority', tasks: ['demo_digits'], labels: { run: 'r7' } });
  completed = job_id;
  await client.wait(completed);
  await client.pause();
  cancelled = (await client.submit({ model: 'random', tasks: ['demo_shapes'], labels: { run: 'r8' } })).job_id;
  await client.cancel(cancelled);
  await client.submit({ model: 'nearest-template', tasks: ['demo_shapes'], labels: { run: 'r9' } });
});
afterAll(async () => {
  await server.stop();
  await removeFolder(folder);
  await removeFolder(earlier);
});

/** A folder of earlier runs. */
const earlier = join(tmpdir(), `evald-earlier-${process.pid}`);

/** Verbs that look, and the schema of what they print with `-o json`. */
const looking: [args: string[], schema: z.ZodType][] = [
  [['ls'], jobListSchema],
  [['ls', '--status', 'completed', '--label', 'run=r7', '--since', '1h'], jobListSchema],
  [['show', 'label:run=r7'], jobInfoSchema],
  [['show', 'label:run=r7', '@last'], jobInfoSchema.array()],
  [['queue'], queueSchema],
  [['results', 'label:run=r7'], jobResultsSchema],
  [['samples', 'label:run=r7', '--wrong'], samplesPageSchema],
  [['files', 'label:run=r7'], artifactsSchema],
  [['import', earlier], importAnswerSchema],
  [['export', 'label:run=r7'], z.array(z.object({ job: z.string(), value: z.number() }))],
  [['board'], z.object({ rows: z.array(z.object({ cells: z.array(z.object({})) })) })],
  [['plot', '-t', 'demo_digits', '--x', 'time'], z.object({ points: z.array(z.object({ x: z.number().nullable() })) })],
  [['tasks'], tasksSchema],
  [['models'], modelsSchema],
  [['harnesses'], harnessesSchema],
  [['machines'], machinesSchema],
  [['machines', '--live'], liveAnswerSchema],
  [['health'], healthSchema],
  [['pause'], pauseAnswerSchema],
  [['cancel', 'label:run=r8', '--yes'], jobActionsAnswerSchema],
];

/** What a verb that looks ends with. On a busy machine a server may have been held up, and its health says so. */
const codeOf = ([verb]: string[], shown: string) => (verb === 'health' && shown.includes('degraded') ? 1 : 0);

describe('a verb', () => {
  test.each(looking)('a verb prints with -o json what the API answers: %j', async (args, schema) => {
    const { code, stdout } = await evald([...args, '-o', 'json'], { env });
    expect(code).toBe(codeOf(args, stdout));
    expect(() => schema.parse(JSON.parse(stdout))).not.toThrow();
  });

  test.each(looking)('a verb prints text without colours in a script: %j', async (args) => {
    const { code, stdout } = await evald(args, { env });
    expect(code).toBe(codeOf(args, stdout));
    expect(stdout).not.toBe('');
    expect(stdout).not.toContain('\x1b');
  });

  test.each(looking)('a verb fits a terminal of 80 columns: %j', async (args) => {
    const { code, shown } = await evaldOnTerminal(args, { env: { ...env, NO_COLOR: '1' } });
    expect(code).toBe(codeOf(args, shown));
    expect(shown).not.toBe('');
    if (args[0] !== 'export') expect(shown.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  test.each([...looking.map(([args]) => args), ['cancel', '@last-cancelled'], ['health']])(
    'a verb has no colours on a terminal that vanish on dark or on light: %j',
    async (...args) => {
      const { shown } = await evaldOnTerminal(args, { env: { ...env, TERM: 'xterm-256color' } });
      // Bold, faint, red, green, magenta, cyan, and what ends them.
      const codes = shown
        .split('\x1b[')
        .slice(1)
        .map((text) => text.split('m', 1)[0] ?? '');
      expect(codes.filter((code) => !['1', '2', '22', '31', '32', '35', '36', '39'].includes(code))).toEqual([]);
      if (args.join(' ') === 'ls') expect(codes).toEqual(expect.arrayContaining(['32', '35']));
    },
  );
});

describe('the help', () => {
  test.each(Object.keys(verbs).filter(isVerb))(
    'the help of %s fits a screen, has an example and the exit codes',
    async (verb) => {
      const { code, stdout, stderr } = await evald([verb, '--help']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const lines = stdout.trimEnd().split('\n');
      expect(lines.length).toBeLessThanOrEqual(24);
      expect(lines.filter((line) => line.length > 80)).toEqual([]);
      expect(stdout).toContain('\nExample: evald ');
      expect(stdout).toContain('5 unreachable');
    },
  );

  test('the help of evald fits a screen', async () => {
    const { stdout } = await evald(['--help']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(24);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });
});

describe('the formats', () => {
  test('the format name has full ids, one a line', async () => {
    const { stdout } = await evald(['ls', '-o', 'name'], { env });
    expect(stdout.trimEnd().split('\n')).toEqual(expect.arrayContaining([completed, cancelled]));
  });

  test('the format csv has the columns that were asked for, of the JSON too', async () => {
    const args = ['ls', '--label', 'run=r7', '-o', 'csv', '--columns', 'job_id,labels.run,request.tasks'];
    const { stdout } = await evald(args, { env });
    expect(stdout).toBe(`job_id,labels.run,request.tasks\n${completed},r7,"[""demo_digits""]"\n`);
  });

  test('the format md is a table of Markdown, and --no-header leaves its head out', async () => {
    const columns = ['--columns', 'status,model'];
    const { stdout } = await evald(['ls', '--label', 'run=r7', '-o', 'md', ...columns], { env });
    expect(stdout).toBe('| status | model |\n| --- | --- |\n| completed | majority |\n');
    const bare = await evald(['ls', '--label', 'run=r7', '-o', 'md', '--no-header', ...columns], { env });
    expect(bare.stdout).toBe('| completed | majority |\n');
  });

  test('the format jsonl has a job a line', async () => {
    const { stdout } = await evald(['ls', '-o', 'jsonl'], { env });
    for (const line of stdout.trimEnd().split('\n')) jobInfoSchema.parse(JSON.parse(line));
  });

  test('export is CSV with numbers as they are', async () => {
    const { stdout } = await evald(['export', '--label', 'run=r7'], { env });
    const [head, row = ''] = stdout.split('\n');
    expect(head).toMatch(/^run,step,task,metric,filter,value,stderr,n,higher_is_better,job,/);
    expect(row).toMatch(/^r7,,demo_digits,acc,none,0\.\d+,0\.\d{6,},200,true,[0-9a-f-]{36},/);
  });
});

describe('a job is named', () => {
  test('a job is named by the beginning of its id, and as the last one in a state', async () => {
    for (const word of [completed.slice(0, 7), '@last-completed', completed.toUpperCase()]) {
      const { stdout } = await evald(['show', word, '-o', 'name'], { env });
      expect(stdout).toBe(`${completed}\n`);
    }
  });

  test.each(['zzz', '@lost', 'label:run', 'label:run=none', 'ffffffff-ffff-4fff-8fff-ffffffffffff'])(
    'a word that names no job is exit code 2 and one line: %s',
    async (word) => {
      const { code, stdout, stderr } = await evald(['show', word], { env });
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^evald: [^\n]+\n(Try: [^\n]+\n)?$/);
    },
  );

  test('a misspelt id is refused, and another is suggested', async () => {
    const [a = '', b = ''] = completed;
    const word = completed.startsWith(b + a) ? `${completed.slice(0, 8)}0` : b + a + completed.slice(2, 8);
    const { code, stderr } = await evald(['show', word], { env });
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(completed.slice(0, 8)) });
  });
});

describe('what cannot be done', () => {
  test.each([
    [['lss'], 'did you mean ls?'],
    [['ls', '--stauts', 'failed'], 'did you mean --status?'],
    [['ls', '--status', 'runing'], 'queued, running'],
    [['ls', '--columns', 'modle'], 'did you mean model?'],
    [['show'], 'ID'],
    [['priority', '101', '@last'], '-100 to 100'],
    [['machines', 'jobb'], 'did you mean job?'],
    [['submit'], 'MODEL and TASK are missing'],
    [['submit', 'majority', 'demo_digits', '--limit', 'ten'], '--limit should be a number'],
    [['ls', '--server', 'http://user:secret-token@127.0.0.1:1'], 'should have no token'],
  ])('what cannot be done is a usage error that says what is allowed: %j', async (args, says) => {
    const { code, stdout, stderr } = await evald(args, { env });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(says);
    expect(stderr).not.toContain('secret-token');
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test('an error names the field that the server refuses', async () => {
    const { code, stderr } = await evald(['submit', 'majority', 'demo_digits', '--priority', '500'], { env });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('`priority` should be') });
  });

  test('an error is exit code 5 where no server is', async () => {
    const { code, stdout, stderr } = await evald(['ls', '--server', 'http://127.0.0.1:9'], { env });
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
    expect(stderr).toContain('127.0.0.1:9 cannot be reached');
  });

  test('several jobs by a label are not changed without a question, and there is none without a terminal', async () => {
    const { code, stderr } = await evald(['cancel', 'label:run=r9'], { env });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('--yes') });
    const asked = await evaldOnTerminal(['cancel', 'label:run=r9'], { env }, [{ after: '[y/N]', press: 'n\r' }]);
    expect(asked.code).toBe(2);
    expect(asked.shown).toContain('Nothing was changed');
    const { stdout } = await evald(['ls', '--status', 'queued', '-o', 'name'], { env });
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  });
});

test('a reader that takes its time gets all that a command prints', async () => {
  const client = createClient({ server: server.url });
  const model_args = { note: 'x'.repeat(60_000) };
  const ids: string[] = [];
  for (let job = 0; job < 16; job++) {
    ids.push(
      (await client.submit({ model: 'random', tasks: ['demo_digits'], labels: { run: 'long' }, model_args })).job_id,
    );
  }
  for (const format of ['json', 'jsonl']) {
    const main = new URL('../../src/evald.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, [main, 'ls', '--label', 'run=long', '-o', format], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'close');
    let stdout = '';
    for await (const piece of child.stdout.setEncoding('utf8')) {
      stdout += piece;
      // More is printed than a pipe and its reader hold: the command has long printed all when this goes on.
      await setTimeout(20);
    }
    await ended;
    const jobs =
      format === 'json'
        ? JSON.parse(stdout).jobs
        : stdout
            .trimEnd()
            .split('\n')
            .map((line) => JSON.parse(line));
    expect(jobs.map((job: { job_id: string }) => job.job_id)).toEqual(ids.toReversed());
  }
  await client.act({ action: 'cancel', ids });
});

test('a pipe that is closed ends a command quietly', async () => {
  const line = 'set -o pipefail; "$@" | head -n 1';
  const main = new URL('../../src/evald.ts', import.meta.url).pathname;
  const child = spawn(
    'bash',
    ['-c', line, 'bash', process.execPath, main, 'samples', completed, '--all', '-o', 'jsonl'],
    {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  expect({ code: child.exitCode, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.trimEnd().split('\n')).toHaveLength(1);
});

test('files are fetched into a folder, and never over others', async () => {
  const to = join(folder, 'results');
  const { code, stdout } = await evald(['files', 'get', completed, '--to', to], { env });
  expect(code).toBe(0);
  const log = stdout.split('\n').find((line) => line.endsWith('.log')) ?? '';
  expect(await readFile(log, 'utf8')).not.toBe('');
  const again = await evald(['files', 'get', completed, '--to', to], { env });
  expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('--overwrite') });
  const { stdout: piped } = await evald(['files', 'get', completed, log.slice(to.length + 1), '--to', '-'], { env });
  expect(piped).toBe(await readFile(log, 'utf8'));
});

test('open prints the address of the page of a job', async () => {
  const { stdout } = await evald(['open', completed], { env });
  expect(stdout).toBe(`${server.url}/#/jobs/${completed}\n`);
});

describe('import', () => {
  test('import says what it took in and what it skipped and why, and takes a folder of this machine by its relative name', async () => {
    const dir = join(folder, 'runs');
    const { results } = await writeLmEvalRun(dir);
    const { code, stdout, stderr } = await evald(
      ['import', 'runs', '--label', 'run=r5', '--label', 'step=7', '-o', 'csv'],
      {
        env,
        cwd: folder,
      },
    );
    expect(code).toBe(0);
    const [head, row] = stdout.trimEnd().split('\n');
    expect(head).toBe('id,harness,model,note,file,job_id');
    expect(row).toContain(`lm-eval,hf,sums_hard,${results},`);
    expect(stderr).toContain('1 run imported, 0 skipped.');
    const again = await evald(['import', dir], { env });
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('skipped: it was imported before as job ')]);
    const listed = await evald(['ls', '--label', 'run=r5', '--columns', 'status,note,labels.step', '-o', 'csv'], {
      env,
    });
    expect(listed.stdout).toContain('completed,imported,7');
  });

  test('import of a folder without results says so and fails; one that is not allowed, and a relative name for a server elsewhere, are refused with what mends it alone', async () => {
    const nothing = await mkdtemp(join(folder, 'empty-'));
    const { code, stderr } = await evald(['import', nothing], { env });
    expect([code, stderr]).toEqual([1, expect.stringContaining('There are no results')]);
    const own = await evald(['import', server.dataDir], { env });
    expect([own.code, own.stdout]).toEqual([4, '']);
    expect(own.stderr).toContain('is not allowed');
    expect(own.stderr).not.toContain('login');
    const far = await evald(['import', 'runs', '--server', 'http://evald.example'], { env });
    expect([far.code, far.stderr]).toEqual([
      2,
      expect.stringContaining('should be an absolute path of a folder on the server'),
    ]);
  });
});
