import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endedJob } from '../support/jobs/jobs.ts';
import { send } from '../support/requests/send.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

const quick = { model: 'majority', tasks: ['demo_digits'], limit: 2 };
const post = (url: string, body: object = {}) =>
  send(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

describe('names that are not allowed', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({
      flags: ['--allow-model', 'majority', '--allow-model', 'near*', '--allow-task', 'demo_digit?'],
    });
  });
  afterAll(() => server.stop());

  test.each<[object, string]>([
    [{ model: 'random' }, '`model` "random" not allowed; allowed: majority, near*'],
    [{ model: 'Majority' }, '`model` "Majority" not allowed; allowed: majority, near*'],
    [{ model: 'majority\n' }, '`model` "majority\\n" not allowed; allowed: majority, near*'],
    [{ model: ' majority' }, '`model` " majority" not allowed; allowed: majority, near*'],
    [{ model: '*' }, '`model` "*" not allowed; allowed: majority, near*'],
    [{ tasks: ['demo_shapes'] }, '`tasks` "demo_shapes" not allowed; allowed: demo_digit?'],
    [{ tasks: ['demo_digits', 'x', 'y'] }, '`tasks` "x", "y" not allowed; allowed: demo_digit?'],
    [{ tasks: ['demo_*'] }, '`tasks` "demo_*" not allowed; allowed: demo_digit?'],
    [{ tasks: ['demo_digit*'] }, '`tasks` "demo_digit*" not allowed; allowed: demo_digit?'],
    [{ tasks: ['demo_[ds]igits'] }, '`tasks` "demo_[ds]igits" not allowed; allowed: demo_digit?'],
    [{ tasks: ['./demo_digits'] }, '`tasks` "./demo_digits" not allowed; allowed: demo_digit?'],
  ])('a model or a task that is not allowed is refused: %j', async (fields, detail) => {
    const answer = await post(`${server.url}/evaluate`, { ...quick, ...fields });
    expect(answer).toMatchObject({ status: 403, json: { detail: expect.stringContaining(detail) } });
    expect((await send(`${server.url}/jobs`, { method: 'GET' })).json).toMatchObject({ jobs: [] });
  });
});

test('a retry is checked against what is allowed now', async () => {
  const dataDir = await temporaryFolder();
  const before = await startServer({ dataDir });
  const { job_id } = Object((await post(`${before.url}/evaluate`, quick)).json);
  await endedJob(before.url, job_id);
  await before.stop();
  const after = await startServer({ dataDir, flags: ['--allow-task', 'mmmu*'] });
  expect(await send(`${after.url}/jobs/${job_id}/retry`, { method: 'POST' })).toMatchObject({
    status: 403,
    json: { detail: '`tasks` "demo_digits" not allowed; allowed: mmmu*' },
  });
  await after.stop();
});
