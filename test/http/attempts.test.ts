import { expect, test } from 'vitest';
import { createClient } from '../../src/client/client.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob, jobWhen } from '../support/jobs/jobs.ts';
import { send } from '../support/requests/send.ts';
import { countedRuns } from '../support/runs/countedRuns.ts';

const failing = { TEST_FAIL: 'only' };

test('a job that is tried again shows its attempts, has an event for each, and a log for each, which one reader follows from the first to the last', async (context) => {
  const { start, request } = await countedRuns(context);
  const server = await start({ env: failing });
  const client = createClient({ server: server.url });
  const id = await submit(server.url, { ...request('only'), retry: { max: 2, on: ['outOfMemory'] } });
  const between = await jobWhen(server.url, id, ({ attempts }) => attempts.length > 0);
  expect(between).toMatchObject({
    ...{ status: 'running', backend: null, progress: null, retry: { max: 2, on: ['outOfMemory'] } },
    attempts: [{ number: 1, part: null, failure_kind: 'outOfMemory', node: expect.any(String) }],
  });
  expect(between.log).toBe(between.attempts[0]?.log);
  expect(await client.log(id)).toBe('run 1 of tag=only\n');
  let followed = '';
  for await (const piece of client.followLog(id)) followed += piece;
  expect(followed).toBe('run 1 of tag=only\nrun 2 of tag=only\n');
  const job = await endedJob(server.url, id);
  expect(job).toMatchObject({ status: 'completed', attempts: between.attempts });
  expect(await client.log(id)).toBe('run 2 of tag=only\n');
  expect(await client.log(id, { attempt: 1 })).toBe('run 1 of tag=only\n');
  expect(await client.log(id, { attempt: 2 })).toBe('run 2 of tag=only\n');
  let first = '';
  for await (const piece of client.followLog(id, { attempt: 1 })) first += piece;
  expect(first).toBe('run 1 of tag=only\n');
  await expect(client.log(id, { attempt: 3 })).rejects.toThrow(/has had 2 attempts/);
  const events = [];
  for await (const item of client.events({ job: id, follow: false })) events.push(item);
  expect(events.map(({ type }) => type)).toEqual([
    ...['submitted', 'started', 'launched', 'attemptFailed', 'launched', 'completed'],
  ]);
  expect(events[3]).toMatchObject({
    data: { attempt: 1, kind: 'outOfMemory', next_at: between.attempts[0]?.next_at },
  });
});

test('a submission that asks to be tried again in a way that there is not is refused, with the field and what is allowed', async (context) => {
  const { start, request } = await countedRuns(context);
  const server = await start();
  for (const [retry, field] of [
    [11, ['retry', 'max']],
    ['2:stalled', ['retry', 'on', 0]],
    [{ max: 1, on: [] }, ['retry', 'on']],
    [{ max: 1, often: true }, ['retry']],
    [true, ['retry']],
  ] as const) {
    const { status, json } = await send(`${server.url}/evaluate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...request('a'), retry }),
    });
    expect([retry, status]).toEqual([retry, 422]);
    expect(JSON.stringify(json)).toContain(JSON.stringify(['body', ...field]));
    expect(JSON.stringify(json)).toMatch(/nodeFailed.*outOfMemory.*launch/);
  }
});
