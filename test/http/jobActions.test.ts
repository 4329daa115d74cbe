import { describe, expect, test } from 'vitest';
import { type JobActionsAnswer, jobActionsAnswerSchema } from '../../src/schemas/job/jobActions.ts';
import { getJob, submit } from '../support/jobs/client.ts';
import { endedJob, jobWhen } from '../support/jobs/jobs.ts';
import { send } from '../support/requests/send.ts';
import { countedRuns } from '../support/runs/countedRuns.ts';
import { startServer } from '../support/server/server.ts';
import { tokensFile } from '../support/server/tokens.ts';
import { createTestApp } from './fakes.ts';

const post = (url: string, body: object, headers: Record<string, string> = {}) =>
  send(`${url}/jobs/actions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

async function act(url: string, body: object, headers: Record<string, string> = {}): Promise<JobActionsAnswer> {
  const answer = await post(url, body, headers);
  expect(answer.status, answer.text).toBe(200);
  return jobActionsAnswerSchema.parse(answer.json);
}

/** Each job with what became of it, and why. */
const outcomes = ({ jobs }: JobActionsAnswer) => jobs.map(({ job_id, outcome, code }) => [job_id, outcome, code]);

describe.concurrent('many jobs', () => {
  test('are cancelled by their ids, each with an answer of its own, and only once', async (context) => {
    const counted = await countedRuns(context);
    await counted.hold();
    const server = await counted.start();
    const running = await submit(server.url, counted.request('a'));
    const waiting: string[] = [];
    for (const tag of ['b', 'c', 'd']) waiting.push(await submit(server.url, counted.request(tag)));
    await jobWhen(server.url, running, ({ status }) => status === 'running');
    const [first = '', second = '', third = ''] = waiting;
    const body = { action: 'cancel', ids: [second, running, 'nobody', first, second] };
    const wanted = (done: string) => [
      [second, done, null],
      [running, 'refused', 'jobRunning'],
      ['nobody', 'refused', 'jobNotFound'],
      [first, done, null],
    ];

    const tried = await act(server.url, { ...body, dry_run: true });
    expect([outcomes(tried), tried.dry_run, tried.counts]).toEqual([
      wanted('done'),
      true,
      { done: 2, already: 0, refused: 2 },
    ]);
    expect((await getJob(server.url, first)).status).toBe('queued');

    const answer = await act(server.url, body);
    expect(outcomes(answer)).toEqual(wanted('done'));
    expect(answer.jobs[1]?.error).toContain(`POST /jobs/${running}/stop ends it`);
    expect((await getJob(server.url, first)).status).toBe('cancelled');
    expect(await getJob(server.url, third)).toMatchObject({ status: 'queued', position_in_queue: 0 });
    const again = await act(server.url, body);
    expect([outcomes(again), again.counts]).toEqual([wanted('already'), { done: 0, already: 2, refused: 2 }]);
    const both = await Promise.all([1, 2].map(() => act(server.url, { action: 'cancel', ids: [third] })));
    expect(both.map((one) => one.jobs[0]?.outcome).toSorted()).toEqual(['already', 'done']);
  });

  test('are found by the filter of the list, with a page of them at a time and the rest behind a cursor', async (context) => {
    const server = await startServer();
    context.onTestFinished(async () => void (await server.stop()));
    await send(`${server.url}/queue/pause`, { method: 'POST' });
    const request = { model: 'majority', tasks: ['demo_digits'], limit: 1 };
    const add = (labels: object) => submit(server.url, { ...request, labels });
    const others = await add({ run: 'r8' });
    const wanted: string[] = [];
    // Not more at a time than one address may have connections.
    while (wanted.length < 1_005) {
      wanted.push(...(await Promise.all(Array.from({ length: 67 }, () => add({ run: 'r7' })))));
    }

    const filter = { label: 'run:r7', status: 'queued', q: 'MAJORITY digits' };
    const moved = await act(server.url, { action: 'reprioritise', filter, priority: 5, dry_run: 'yes' });
    expect([moved.jobs.length, moved.counts.done]).toEqual([1_000, 1_000]);
    const first = await act(server.url, { action: 'cancel', filter });
    expect(first.counts).toEqual({ done: 1_000, already: 0, refused: 0 });
    const rest = await act(server.url, { action: 'cancel', filter, cursor: first.next_cursor });
    expect([rest.counts.done, rest.next_cursor]).toEqual([5, null]);
    const cancelled = [...rest.jobs, ...first.jobs].map(({ job_id }) => job_id);
    expect(cancelled.toSorted()).toEqual(wanted.toSorted());
    expect((await send(`${server.url}/queue`, { method: 'GET' })).json).toMatchObject({ queued_jobs: [others] });
  });

  test('are reprioritised and stopped, and what is so already is left alone', async (context) => {
    const counted = await countedRuns(context);
    await counted.hold();
    const server = await counted.start({ flags: ['--slots', '2', '--grace', '0.2'] });
    const running: string[] = [];
    for (const tag of ['a', 'b']) running.push(await submit(server.url, counted.request(tag)));
    const waiting: string[] = [];
    for (const tag of ['c', 'd']) waiting.push(await submit(server.url, counted.request(tag)));
    for (const jobId of running) await jobWhen(server.url, jobId, ({ log }) => log !== null);

    const [first = '', second = ''] = waiting;
    const up = { action: 'reprioritise', ids: [second, ...running], priority: '7' };
    expect(outcomes(await act(server.url, up))).toEqual([
      [second, 'done', null],
      ...running.map((jobId) => [jobId, 'refused', 'jobNotQueued']),
    ]);
    expect(outcomes(await act(server.url, up))[0]).toEqual([second, 'already', null]);
    expect(await getJob(server.url, first)).toMatchObject({ position_in_queue: 1 });

    const stop = { action: 'stop', ids: [...running, first] };
    const refused = [first, 'refused', 'jobQueued'];
    expect(outcomes(await act(server.url, stop))).toEqual([...running.map((jobId) => [jobId, 'done', null]), refused]);
    await counted.release();
    for (const jobId of running) expect(await endedJob(server.url, jobId)).toMatchObject({ failure_kind: 'stopped' });
    expect(outcomes(await act(server.url, { ...stop, ids: running }))).toEqual(
      running.map((jobId) => [jobId, 'already', null]),
    );
  });

  test('are retried in their order, once while a retry waits or runs, and once for an Idempotency-Key', async (context) => {
    const counted = await countedRuns(context);
    const server = await counted.start();
    const ended: string[] = [];
    for (const tag of ['a', 'b']) ended.push(await submit(server.url, counted.request(tag)));
    for (const jobId of ended) await endedJob(server.url, jobId);
    await send(`${server.url}/queue/pause`, { method: 'POST' });
    const live = await submit(server.url, counted.request('c'));

    const ids = [...ended, live];
    const body = { action: 'retry', ids };
    expect((await act(server.url, { ...body, dry_run: true })).counts).toEqual({ done: 2, already: 0, refused: 1 });
    const key = { 'idempotency-key': 'k' };
    const first = await act(server.url, body, key);
    expect(outcomes(first)).toEqual([...ended.map((id) => [id, 'done', null]), [live, 'refused', 'jobNotEnded']]);
    const retries = first.jobs.flatMap(({ new_job_id }) => new_job_id ?? []);
    const queue = await send(`${server.url}/queue`, { method: 'GET' });
    expect(queue.json).toMatchObject({ queued_jobs: [live, ...retries] });

    // Without a key: they wait.
    const again = await act(server.url, body);
    expect(again.jobs.map(({ outcome, new_job_id }) => [outcome, new_job_id])).toEqual([
      ...retries.map((id) => ['already', id]),
      ['refused', null],
    ]);
    await send(`${server.url}/queue/resume`, { method: 'POST' });
    for (const id of [live, ...retries]) await endedJob(server.url, id);
    // With the key: they have ended, and are the same.
    const known = await act(server.url, { action: 'retry', ids: ended }, key);
    expect(known.jobs.map(({ outcome, new_job_id }) => [outcome, new_job_id])).toEqual(
      retries.map((id) => ['already', id]),
    );
    const other = await act(server.url, { action: 'retry', ids: ended, missing: true }, key);
    expect(other.jobs.map(({ code }) => code)).toEqual(['nothingMissing', 'nothingMissing']);
    const anew = await act(server.url, { action: 'retry', filter: { q: 'tag=a', status: 'completed' } });
    expect(anew.counts).toEqual({ done: 2, already: 0, refused: 0 });
    expect(await counted.runs()).toEqual(expect.arrayContaining(['a', 'b', 'c', 'a', 'b']));
  });

  test('are retried no more often than single ones may be: the others are refused', async (context) => {
    const server = await startServer({ flags: ['--submissions-per-minute', '2'] });
    context.onTestFinished(async () => void (await server.stop()));
    // Others submit, so that the client that acts has all that it may: no time that this takes gives it more.
    const ids: string[] = [];
    for (const from of ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5']) {
      const body = JSON.stringify({ model: 'majority', tasks: ['demo_digits'], limit: 1 });
      const headers = { 'content-type': 'application/json' };
      const { json } = await send(`${server.url}/evaluate`, { method: 'POST', headers, from, body });
      ids.push(String((json as { job_id?: unknown }).job_id));
    }
    for (const jobId of ids) await endedJob(server.url, jobId);
    expect((await act(server.url, { action: 'retry', ids, dry_run: true })).counts.done).toBe(4);
    const { jobs, counts } = await act(server.url, { action: 'retry', ids: ['nobody', ...ids] });
    expect(counts).toEqual({ done: 2, already: 0, refused: 3 });
    expect(jobs.map(({ code }) => code)).toEqual(['jobNotFound', null, null, 'tooOften', 'tooOften']);
    expect(jobs[3]?.error).toContain('2 times in a minute');
    expect((await act(server.url, { action: 'cancel', ids })).jobs.map(({ code }) => code)).toEqual(
      Array(4).fill('jobFinished'),
    );
  });

  test('of others are refused one by one, by the rules for single ones', async (context) => {
    const counted = await countedRuns(context);
    const tokens = await tokensFile(context, { alice: 'submit', bob: 'submit', root: 'admin', eve: 'read' });
    await counted.hold();
    const server = await counted.start({ flags: ['--tokens', tokens.file] });
    const add = (name: string) => submit(server.url, counted.request(name), tokens.bearer(name));
    const running = await add('root');
    const [ofAlice, ofBob] = [await add('alice'), await add('bob')];
    await jobWhen(server.url, running, ({ status }) => status === 'running', tokens.bearer('eve'));
    const ids = [ofAlice, ofBob, running];
    const by = (name: string, body: object) => act(server.url, body, tokens.bearer(name));

    expect((await post(server.url, { action: 'cancel', ids }, tokens.bearer('eve'))).status).toBe(403);
    expect((await post(server.url, { action: 'cancel', ids })).status).toBe(401);
    for (const dry_run of [true, false]) {
      const answer = await by('bob', { action: 'reprioritise', ids, priority: 3, dry_run });
      expect(outcomes(answer)).toEqual([
        [ofAlice, 'refused', 'forbidden'],
        [ofBob, 'done', null],
        [running, 'refused', 'forbidden'],
      ]);
      expect(answer.jobs[0]?.error).toBe(
        `Job ${ofAlice} was submitted by alice: to change its priority it takes the role admin, and bob has submit`,
      );
    }
    const stopped = await by('bob', { action: 'stop', filter: { status: 'running' } });
    expect(outcomes(stopped)).toEqual([[running, 'refused', 'forbidden']]);
    const cancelled = await by('root', { action: 'cancel', filter: { submitted_by: 'alice' } });
    expect(outcomes(cancelled)).toEqual([[ofAlice, 'done', null]]);
    // Repeating it makes a job of the one who asks.
    const retried = await by('bob', { action: 'retry', ids: [ofAlice] });
    const repeated = await getJob(server.url, String(retried.jobs[0]?.new_job_id), tokens.bearer('eve'));
    expect(repeated).toMatchObject({ retry_of: ofAlice, submitted_by: 'bob' });
  });
});

const many = (length: number) => Array.from({ length }, (_, index) => `${index}`);

const refused: [body: object, path: string[], message: string][] = [
  [{}, ['action'], "'cancel' or 'stop' or 'retry' or 'reprioritise'"],
  [{ action: 'delete', ids: ['a'] }, ['action'], "'cancel' or 'stop'"],
  [{ action: 'cancel' }, ['ids'], 'Either `ids` or `filter`'],
  [{ action: 'cancel', ids: ['a'], filter: { status: 'queued' } }, ['ids'], 'Either `ids` or `filter`'],
  [{ action: 'cancel', ids: [] }, ['ids'], '1 to 1000 ids'],
  [{ action: 'cancel', ids: many(1_001) }, ['ids'], '1 to 1000 ids'],
  [{ action: 'cancel', ids: ['a', ''] }, ['ids', '1'], '1 to 1000 ids'],
  [{ action: 'cancel', ids: ['a', 7] }, ['ids', '1'], 'valid string'],
  [{ action: 'cancel', ids: 'a' }, ['ids'], 'valid list'],
  [{ action: 'cancel', ids: ['x'.repeat(1_001)] }, ['ids', '0'], 'at most 1000 characters'],
  [{ action: 'cancel', filter: {} }, ['filter'], '`filter` should have at least one of status, model'],
  [{ action: 'cancel', filter: { stat: 'queued' } }, ['filter'], '`filter` should have no "stat"; it may have status,'],
  [{ action: 'cancel', filter: { status: 'done' } }, ['filter', 'status'], "'queued' or"],
  [{ action: 'cancel', filter: { id_prefix: 'xyz' } }, ['filter', 'id_prefix'], '1 to 36 hexadecimal digits'],
  [{ action: 'cancel', filter: { q: ' ' } }, ['filter', 'q'], 'with blanks between them'],
  [{ action: 'cancel', filter: { status: 'queued' }, dryrun: true }, [], 'should have no "dryrun"; it may have action'],
  [{ action: 'cancel', ids: ['a'], dry_run: 'perhaps' }, ['dry_run'], 'valid boolean'],
  [{ action: 'cancel', ids: ['a'], cursor: 'c1' }, ['cursor'], 'where a `filter` ended'],
  [{ action: 'cancel', ids: ['a'], priority: 1 }, ['priority'], 'only the action reprioritise'],
  [{ action: 'cancel', ids: ['a'], missing: true }, ['missing'], 'only the action retry'],
  [{ action: 'reprioritise', ids: ['a'] }, ['priority'], 'from -100 to 100'],
  [{ action: 'reprioritise', ids: ['a'], priority: 101 }, ['priority'], 'from -100 to 100'],
];

test.each(refused.map(([body, path, message]) => ({ body, path, message })))(
  'a request to act is refused at $path: $message',
  async ({ body, path, message }) => {
    const { post } = createTestApp();
    const answer = await post('/jobs/actions', body);
    expect(answer.status).toBe(422);
    const { detail } = (await answer.json()) as { detail: { loc: unknown[]; msg: string }[] };
    expect(detail.map(({ loc }) => loc.map(String))).toContainEqual(['body', ...path]);
    expect(detail.map(({ msg }) => msg).join('\n')).toContain(message);
    expect(JSON.stringify(detail).length).toBeLessThan(3_000);
  },
);

test.each(['GET', 'PUT', 'PATCH', 'DELETE'])('%s of the actions is not allowed', async (method) => {
  const answer = await createTestApp().app.request('/jobs/actions', { method });
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
});
