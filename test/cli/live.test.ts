import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createClient, type SubmissionInput } from '../../src/client/index.ts';
import { removeFolder } from '../support/files/removeFolder.ts';
import { describeWith, terminals } from '../support/needs.ts';
import { holdRun } from '../support/runs/processes.ts';
import { openCommand, startCommand } from '../support/server/evald.ts';
import { freePorts } from '../support/server/freePorts.ts';
import { startServer, type TestServer } from '../support/server/server.ts';
import { quoted } from '../support/server/terminal.ts';
import { eventually } from '../support/waiting/eventually.ts';

const HIDE = '\x1b[?25l';
const SHOW = '\x1b[?25h';
const main = new URL('../../src/evald.ts', import.meta.url).pathname;
const quick: SubmissionInput = { model: 'majority', tasks: ['demo_digits'], limit: 5 };
const slow: SubmissionInput = { ...quick, model_args: { delay: 0.3 } };
const endless: SubmissionInput = { ...quick, model: 'random', model_args: { delay: 3_600 } };
const wrong: SubmissionInput = { ...quick, tasks: ['demo_digits'], timeout: 0.5, model_args: { delay: 3_600 } };

let dataDir: string;
let port: number;
let server: TestServer;
const start = async () => {
  server = await startServer({ dataDir, flags: ['--port', String(port), '--on-shutdown', 'leave'] });
};
const restart = async () => {
  await server.kill();
  await start();
};
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'evald-test-'));
  [port = 0] = await freePorts(1);
  await start();
});
afterAll(async () => {
  await server.stop();
  await removeFolder(dataDir);
});
afterEach(async () => {
  const { queue, cancel, stop, wait } = client();
  const { queued_jobs, running_jobs } = await queue();
  for (const id of queued_jobs) await cancel(id);
  for (const id of running_jobs) await stop(id);
  await wait(running_jobs);
});

const url = () => `http://127.0.0.1:${port}`;
const client = () => createClient({ server: url() });
const submit = async (submission: SubmissionInput) => (await client().submit(submission)).job_id;
const env = (more: Record<string, string> = {}) => ({ EVALD_SERVER: url(), XDG_CONFIG_HOME: '/nowhere', ...more });
const evald = (...args: string[]) => startCommand(args, env());
const started = (id: string) => eventually(async () => (await client().job(id)).log);
/** A job whose run is held until it is released, however long a command takes to begin. */
const held = async () => {
  const id = await submit(slow);
  return { id, release: await holdRun(await started(id)) };
};

describe('watch', () => {
  test('watch without a terminal prints a line a change, and goes on when the server was killed and started again', async () => {
    const { id, release } = await held();
    const ids = [id, await submit(quick)];
    const watch = evald('watch', ...ids);
    await eventually(() => / {2}runs: /.test(watch.stdout()));
    await restart();
    release();
    expect(await watch.ended).toBe(0);
    const lines = watch.stdout().trimEnd().split('\n');
    expect(lines.filter((line) => line.startsWith('reconnecting: '))).toHaveLength(1);
    expect(lines.filter((line) => line === 'connected again')).toHaveLength(1);
    for (const id of ids) {
      expect(lines.filter((line) => line.startsWith(`${id.slice(0, 8)} majority  completed in `))).toHaveLength(1);
    }
    expect(watch.stdout()).toBe(stripVTControlCharacters(watch.stdout()));
  });

  test('watch without ids shows all there are, until nothing is left; with none it says so', async () => {
    const { release } = await held();
    await submit(quick);
    const watch = evald('watch');
    await eventually(() => / {2}runs: /.test(watch.stdout()));
    release();
    expect(await watch.ended).toBe(0);
    expect(watch.stdout().match(/ completed in /g)).toHaveLength(2);
    const none = evald('watch');
    expect(await none.ended).toBe(0);
    expect(none.stderr()).toMatch(/^Nothing runs or waits/);
  });

  test('watch with --exit-status ends with 1 when a job failed, without it with 0', async () => {
    const id = await submit(wrong);
    expect(await evald('watch', id).ended).toBe(0);
    const strict = evald('watch', id, '--exit-status');
    expect(await strict.ended).toBe(1);
    expect(strict.stdout()).toMatch(/ failed in .*longer than the 0\.5 s/);
    expect(await evald('watch', await submit(quick), '--exit-status').ended).toBe(0);
  });

  test('watch ends quietly when its reader has gone', async () => {
    await submit(endless);
    const line = `${quoted([process.execPath, main, 'watch'])} | head -n 1; echo "exit \${PIPESTATUS[0]}"`;
    const shell = spawn('bash', ['-c', line], { env: { ...process.env, ...env() }, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [shell.stdout, shell.stderr])
      stream.on('data', (text) => {
        said += text;
      });
    await eventually(() => /runs|waits/.test(said));
    // What it says next finds nobody.
    for (const id of (await client().queue()).running_jobs) await client().stop(id);
    await once(shell, 'close');
    expect(said).toMatch(/^\S{8} random {2}(runs|waits): .*\nexit 0\n$/);
  });

  describeWith(terminals, 'on a terminal', () => {
    test.each([80, 200])(
      'of %i columns draws bars in one write a frame, and folds what has ended to a line',
      async (columns) => {
        const { id: first, release } = await held();
        const ids = [first, await submit(quick)];
        const watch = openCommand(['watch', ...ids], { columns, env: env() });
        const exited = once(watch.process, 'exit');
        await eventually(() => watch.shown().includes('▸'));
        release();
        await exited;
        const shown = watch.shown();
        expect(shown).toMatch(/exit 0\r\n$/);
        expect(shown.split(HIDE)).toHaveLength(2);
        expect(shown.split(SHOW)).toHaveLength(2);
        const text = stripVTControlCharacters(shown);
        expect(text).toMatch(/[█░]{12}.* \d+ % {2}\S.* \d\/5/);
        for (const id of ids) expect(text.split(`✓ ${id.slice(0, 8)} majority`)).toHaveLength(2);
        expect(text).toMatch(/ {2}2 completed\r\nexit 0/);
        for (const line of text.split('\r\n')) expect(line.length).toBeLessThanOrEqual(columns);
      },
    );

    test('Ctrl-C in watch leaves the jobs alone, says so, and shows the cursor again', async () => {
      const id = await submit(endless);
      const watch = openCommand(['watch', id], { env: env() });
      await eventually(() => watch.shown().includes('▸'));
      watch.press('\x03');
      await once(watch.process, 'exit');
      const [, after = ''] = watch.shown().split(SHOW);
      expect(after).toContain('Stopped watching; the jobs go on.');
      expect(after).toMatch(/exit 130\r\n$/);
      expect((await client().job(id)).status).toBe('running');
    });

    test('SIGTERM to watch shows the cursor again', async () => {
      await submit(endless);
      const watch = openCommand(['watch'], { env: env() });
      await eventually(() => watch.shown().includes('▸'));
      process.kill(Number(/^pid (\d+)/m.exec(watch.shown())?.[1]), 'SIGTERM');
      await once(watch.process, 'exit');
      const [, after = ''] = watch.shown().split(SHOW);
      expect(after).toMatch(/exit 143\r\n$/);
    });
  });
});

describe('wait', () => {
  test('wait ends with 0 when jobs have completed, with 1 as soon as one cannot, and with 6 when the time is over', async () => {
    const [good, bad] = [await submit(quick), await submit(wrong)];
    expect(await evald('wait', good).ended).toBe(0);
    const failed = evald('wait', good, bad);
    expect(await failed.ended).toBe(1);
    expect(failed.stdout()).toBe('');
    expect(failed.stderr()).toMatch(/failed: .*longer than the 0\.5 s/);
    expect(await evald('wait', good, bad, '--for', 'ended').ended).toBe(0);
    expect(await evald('wait', good, bad, '--any').ended).toBe(0);
    expect(await evald('wait', await submit(endless), '--timeout', '300ms').ended).toBe(6);
  });

  test('wait goes on when the server was killed and started again', async () => {
    const done = await submit(quick);
    // The other one has ended when this one runs.
    const { id, release } = await held();
    const wait = evald('wait', done, id);
    // It is connected.
    await eventually(() => wait.stderr() !== '');
    await restart();
    release();
    expect(await wait.ended).toBe(0);
    expect(wait.stderr()).toMatch(
      /^(\S{8} majority {2}completed .*\n)reconnecting: .*\nconnected again\n\S{8} majority {2}completed {2}demo_digits acc /,
    );
  });
});

describe('log', () => {
  test('log prints the whole log or its end, and follows one across a restart of the server without a gap', async () => {
    const { id, release } = await held();
    const follow = evald('log', id, '-f');
    await eventually(() => follow.stdout() !== '');
    await restart();
    release();
    expect(await follow.ended).toBe(0);
    expect(follow.stderr()).toMatch(/^reconnecting: .*\nconnected again\n$/);
    const whole = evald('log', id.slice(0, 12));
    await whole.ended;
    const lines = whole.stdout().trimEnd().split('\n');
    for (const line of lines) expect(follow.stdout()).toContain(line);
    const tail = evald('log', id, '--tail', '2');
    await tail.ended;
    expect(tail.stdout().match(/\n/g)).toHaveLength(2);
    expect(whole.stdout().endsWith(tail.stdout())).toBe(true);
    expect(await evald('log', id, '--tail', '0').ended).toBe(2);
  });
});

describe('events', () => {
  test('events prints what happened to a job and ends, also while it runs; as JSON lines as the API has it', async () => {
    const id = await submit(endless);
    await started(id);
    const events = evald('events', id);
    expect(await events.ended).toBe(0);
    const types = events
      .stdout()
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2}/)[3]);
    expect(types).toEqual(['submitted', 'started', 'launched']);
    const lines = evald('events', '-o', 'jsonl', '--after', '0');
    await lines.ended;
    const all = lines
      .stdout()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(all.map(({ number }) => number)).toEqual(all.map((_, index) => index + 1));
    expect(all.at(-1)).toMatchObject({ job_id: id, type: 'launched' });
  });

  test('events with --follow goes on across a restart of the server, and ends with the job', async () => {
    const { id, release } = await held();
    const events = evald('events', id, '-f');
    await eventually(() => events.stdout().includes('launched'));
    await restart();
    release();
    expect(await events.ended).toBe(0);
    const types = events
      .stdout()
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ +/)[4]);
    expect(types).toEqual(['submitted', 'started', 'launched', 'completed']);
  });
});
