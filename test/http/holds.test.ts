import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, type TestContext, test } from 'vitest';
import { getJob, submit as submitTo } from '../support/jobs/client.ts';
import { endedJob, jobWhen } from '../support/jobs/jobs.ts';
import { describeWith, hangingFilesystem } from '../support/needs.ts';
import { startReceiver } from '../support/requests/receiver.ts';
import { send } from '../support/requests/send.ts';
import { countedRuns } from '../support/runs/countedRuns.ts';
import { fixture } from '../support/runs/localRun.ts';
import { eventually } from '../support/waiting/eventually.ts';

/** A real server, and jobs whose runs wait until they are released. */
async function serving(context: TestContext, flags: string[] = []) {
  const counted = await countedRuns(context);
  const { url } = await counted.start({ flags });
  const checkpoint = join(counted.folder, 'checkpoints/step-1');
  const file = join(checkpoint, 'trainer_state.json');
  const waiting = { ...counted.request('late'), model_args: { tag: 'late', pretrained: checkpoint } };
  return {
    ...counted,
    url,
    file,
    submit: (tag: string, options: object = {}) => submitTo(url, { ...counted.request(tag), ...options }),
    /** A job that waits for its checkpoint. */
    submitWaiting: (options: object = {}) =>
      submitTo(url, { ...waiting, ready_file: 'trainer_state.json', ...options }),
    write: async () => {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, '{}');
    },
    show: (jobId: string) => getJob(url, jobId),
    ended: (jobId: string) => endedJob(url, jobId),
    running: (jobId: string) => jobWhen(url, jobId, ({ status }) => status === 'running'),
    post: (path: string, body?: object, method = 'POST') =>
      send(`${url}${path}`, {
        method,
        ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      }),
  };
}

describe('a job that waits for its checkpoint', () => {
  test('keeps its position and says so, those behind it run, and it starts when the file is there', async (context) => {
    const { submitWaiting, submit, show, ended, write, file, url, runs } = await serving(context);
    const late = await submitWaiting();
    const others = [await submit('one'), await submit('two')];
    for (const id of others) expect(await ended(id)).toMatchObject({ status: 'completed' });
    const held = { status: 'queued', position_in_queue: 0, waiting_for: { kind: 'checkpoint', file } };
    expect(await show(late)).toMatchObject({ ...held, expected_start_at: null });
    expect((await send(`${url}/queue`, { method: 'GET' })).json).toMatchObject({ queue_size: 1, queued_jobs: [late] });
    const { json: list } = await send(`${url}/jobs?status=queued`, { method: 'GET' });
    expect(list).toMatchObject({ jobs: [{ job_id: late, ...held }] });

    const { json: states } = await send(`${url}/machines/live`, { method: 'GET' });
    expect(JSON.stringify(states)).toMatch(/readiness\.(resting|looking)/);
    await write();
    expect(await ended(late)).toMatchObject({ status: 'completed', waiting_for: null });
    expect((await runs()).map((args) => args.split(',')[0])).toEqual(['one', 'two', 'late']);
  });

  test('fails as launch with the reason when the file is not there in time, and one that has no limit waits on', async (context) => {
    const { submitWaiting, submit, ended, show, file, runs } = await serving(context);
    const patient = await submitWaiting();
    const hasty = await submitWaiting({ ready_timeout: 0.5 });
    expect(await ended(hasty)).toMatchObject({ status: 'failed', failure_kind: 'launch' });
    const { error } = await show(hasty);
    expect(error).toContain(`the checkpoint is not there: ${file} (ready_file)`);
    expect(error).toContain('did not come within 0.5 s (ready_timeout)');
    expect(await ended(await submit('other'))).toMatchObject({ status: 'completed' });
    expect(await show(patient)).toMatchObject({ status: 'queued', waiting_for: { kind: 'checkpoint' } });
    expect(await runs()).toEqual(['other']);
  });

  test('fails as launch when the checkpoint was seen and is gone before its start, and a retry waits for it again', async (context) => {
    const { submitWaiting, submit, hold, release, running, write, file, show, ended, post } = await serving(context);
    await hold();
    const first = await submit('first');
    await running(first);
    const late = await submitWaiting();
    await write();
    await jobWhenWaitingFor(late, 'jobs', 'slot');
    await rm(file);
    await release();
    expect(await ended(late)).toMatchObject({ status: 'failed', failure_kind: 'launch' });
    expect((await show(late)).error).toContain('it was removed before the run');

    const { json } = await post(`/jobs/${late}/retry`);
    const again = String((json as { job_id: string }).job_id);
    expect(await show(again)).toMatchObject({ ready_file: 'trainer_state.json', waiting_for: { kind: 'checkpoint' } });
    await write();
    expect(await ended(again)).toMatchObject({ status: 'completed' });

    async function jobWhenWaitingFor(id: string, ...kinds: string[]) {
      await eventually(async () => kinds.includes((await show(id)).waiting_for?.kind ?? ''));
    }
  });

  test('can have another priority, stays passed over while the queue is paused and after, and can be cancelled', async (context) => {
    const { submitWaiting, submit, show, ended, write, post, url } = await serving(context);
    await submit('before', { after: [await submitWaiting()] });
    const late = await submitWaiting({ priority: -1 });
    expect((await post(`/jobs/${late}`, { priority: 5 }, 'PATCH')).status).toBe(200);
    expect(await show(late)).toMatchObject({ priority: 5, position_in_queue: 0, waiting_for: { kind: 'checkpoint' } });
    await post('/queue/pause');
    expect(await show(late)).toMatchObject({ waiting_for: { kind: 'pause' } });
    await write();
    await eventually(async () => {
      const { json } = await send(`${url}/machines/live`, { method: 'GET' });
      return JSON.stringify(json).includes('readiness.idle');
    });
    expect(await show(late)).toMatchObject({ status: 'queued' });
    await post('/queue/resume');
    expect(await ended(late)).toMatchObject({ status: 'completed' });

    const other = await submitWaiting({ ready_file: 'other.json' });
    expect((await send(`${url}/jobs/${other}`, { method: 'DELETE' })).status).toBe(200);
    expect(await show(other)).toMatchObject({ status: 'cancelled', error: null });
  });
});

describeWith(hangingFilesystem, 'checkpoints on a filesystem that hangs', () => {
  test('hold up neither the checkpoints on others nor the rest of the server', async (context) => {
    const { submitWaiting, submit, ended, show, write, folder, request, url } = await serving(context);
    const mounted = join(folder, 'mounted');
    await mkdir(mounted);
    const mount = spawn('python3', [fixture('hanging-mount.py'), mounted], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      expect(String(await once(mount.stdout, 'data'))).toContain('mounted');
      const hanging = await Promise.all(
        Array.from({ length: 30 }, (_, step) => {
          const model_args = { pretrained: join(mounted, `step-${step}`) };
          return submitTo(url, { ...request('x'), model_args, ready_file: 'done' });
        }),
      );
      const late = await submitWaiting();
      expect(await ended(await submit('other'))).toMatchObject({ status: 'completed' });
      await write();
      expect(await ended(late)).toMatchObject({ status: 'completed' });
      expect((await send(`${url}/jobs/${late}/log`, { method: 'GET' })).status).toBe(200);
      expect((await send(`${url}/jobs/${late}/results`, { method: 'GET' })).status).toBe(200);
      for (const id of hanging) expect(await show(id)).toMatchObject({ waiting_for: { kind: 'checkpoint' } });
    } finally {
      mount.stdin.end();
      if (mount.exitCode === null) await once(mount, 'exit');
    }
  });
});

describe('a job that comes after others', () => {
  test('waits for their completion and says for which, while those behind it take the free slot; then it runs', async (context) => {
    const { submit, hold, release, running, show, ended } = await serving(context, ['--slots', '2']);
    await hold();
    const first = await submit('first');
    await running(first);
    const second = await submit('second', { after: [first] });
    const third = await submit('third', { after: second });
    const behind = await submit('behind');
    await running(behind);
    expect(await show(second)).toMatchObject({
      position_in_queue: 0,
      waiting_for: { kind: 'after', job_ids: [first] },
      after: [first],
    });
    expect(await show(third)).toMatchObject({ position_in_queue: 1, waiting_for: { job_ids: [second] } });
    await release();
    const [a, b, c] = [await ended(first), await ended(second), await ended(third)];
    expect([a, b, c].map(({ status }) => status)).toEqual(['completed', 'completed', 'completed']);
    expect(Date.parse(String(b.started_at))).toBeGreaterThanOrEqual(Date.parse(String(a.completed_at)));
    expect(Date.parse(String(c.started_at))).toBeGreaterThanOrEqual(Date.parse(String(b.completed_at)));
  });

  test('is cancelled when one of them fails or is cancelled, down the chain, with the reason and a post; with after_any it runs', async (context) => {
    const receiver = await startReceiver();
    const flags = ['--webhook-allow-private'];
    const { submit, hold, release, show, ended, post, url, runs } = await serving(context, flags);
    await hold();
    const [first, waiting] = [await submit('first'), await submit('waiting')];
    await eventually(async () => (await runs()).length === 1);
    const second = await submit('second', { after: [first], callback_url: `${receiver.url}/second` });
    const third = await submit('third', { after: [second, waiting] });
    const anyhow = await submit('anyhow', { after: [first, second], after_any: true });
    await post(`/jobs/${first}/stop`);
    expect(await ended(first)).toMatchObject({ status: 'failed', failure_kind: 'stopped' });
    expect(await ended(second)).toMatchObject({
      status: 'cancelled',
      error: expect.stringContaining(`job ${first} did not complete`),
    });
    expect(await ended(third)).toMatchObject({
      status: 'cancelled',
      error: expect.stringContaining(`job ${second}, one of the 2 it was to come after, did not complete`),
    });
    await eventually(() => receiver.posts.length === 1);
    expect(receiver.posts[0]?.headers['x-evald-event']).toBe('job.cancelled');
    expect(JSON.parse(String(receiver.posts[0]?.body))).toMatchObject({ job_id: second, status: 'cancelled' });
    const { text: feed } = await send(`${url}/jobs/${second}/events`, { method: 'GET' });
    expect(feed).toContain(`"cancelled_for":"${first}"`);

    const fourth = await submit('fourth', { after: [anyhow] });
    expect((await send(`${url}/jobs/${anyhow}`, { method: 'DELETE' })).status).toBe(200);
    expect((await ended(fourth)).error).toContain(anyhow);
    const last = await submit('last', { after: [first, anyhow], after_any: true });
    await release();
    expect(await ended(last)).toMatchObject({ status: 'completed' });
    expect(await ended(waiting)).toMatchObject({ status: 'completed' });
    expect(await runs()).toEqual(['first', 'waiting', 'last']);

    // What it came after has ended: repeated, it comes after nothing.
    const { json } = await post(`/jobs/${second}/retry`);
    const again = String((json as { job_id: string }).job_id);
    expect(await ended(again)).toMatchObject({ status: 'completed', after: [], retry_of: second });
    expect(await show(second)).toMatchObject({ retries: [again] });
  });
});

describe('a submission is refused, and the field named,', () => {
  const model_args = { pretrained: '/checkpoints/step-1' };
  const refused: [string, object, string][] = [
    ['when it comes after a job that is not known', { after: ['nobody'] }, 'after'],
    ['when it comes after what is no list of ids', { after: [7] }, 'after'],
    ['when it waits for a file and names no checkpoint', { ready_file: 'done' }, 'ready_file'],
    ['when its file is absolute', { model_args, ready_file: '/etc/passwd' }, 'ready_file'],
    ['when its file is above the checkpoint', { model_args, ready_file: 'a/../../other/done' }, 'ready_file'],
    ['when its file is empty', { model_args, ready_file: '' }, 'ready_file'],
    ['when its limit is no time', { model_args, ready_file: 'done', ready_timeout: -1 }, 'ready_timeout'],
  ];

  test.each(refused)('%s', async (_, fields, field) => {
    const server = await shared();
    const answer = await server.post('/evaluate', { ...server.request('x'), ...fields });
    expect(answer.status).toBe(422);
    expect((answer.json as { detail: { loc: string[] }[] }).detail[0]?.loc.slice(0, 2)).toEqual(['body', field]);
  });

  test('when it comes after a job that failed or was cancelled; with after_any it is taken', async () => {
    const { submitWaiting, ended, post, request, url } = await shared();
    const [failed, cancelled] = [await submitWaiting({ ready_timeout: 0.1 }), await submitWaiting()];
    await ended(failed);
    await send(`${url}/jobs/${cancelled}`, { method: 'DELETE' });
    for (const [id, status] of [
      [failed, 'failed'],
      [cancelled, 'cancelled'],
    ]) {
      const answer = await post('/evaluate', { ...request('x'), after: [id] });
      expect([answer.status, answer.text]).toEqual([422, expect.stringContaining(`which is ${status}`)]);
    }
    const taken = await post('/evaluate', { ...request('x'), after: [failed, cancelled], after_any: true });
    expect(taken.status).toBe(200);
  });

  let only: ReturnType<typeof serving> | undefined;
  const finish: (() => unknown)[] = [];
  const shared = () => {
    only ??= serving({ onTestFinished: (end: () => unknown) => finish.push(end) } as unknown as TestContext);
    return only;
  };
  afterAll(async () => {
    for (const end of finish) await end();
  });
});
