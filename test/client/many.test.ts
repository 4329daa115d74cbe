import { expect, test } from 'vitest';
import { createClient, type DryRunAnswer, type JobActionsAnswer } from '../../src/client/index.ts';
import { noOptions } from '../../src/schemas/submission/jobOptions.ts';
import { startReceiver } from '../support/requests/receiver.ts';
import { request } from '../support/requests/request.ts';

test('a submission that is only tried says so in its query, and sends no key of its own', async () => {
  const answer: DryRunAnswer = {
    dry_run: true,
    request: request(),
    ...noOptions,
    devices: { needed: 1, total: null, free: null, are_free: null },
    position_in_queue: 0,
    waiting_for: null,
    expected_start_at: null,
    expected_end_at: null,
    command: ['evaluate'],
    repeats: null,
    warnings: [],
  };
  const { url, posts } = await startReceiver({ answer: (response) => response.end(JSON.stringify(answer)) });
  const client = createClient({ server: url });
  expect(await client.dryRun({ model: 'm', tasks: ['t'] })).toEqual(answer);
  await client.dryRun({ model: 'm', tasks: ['t'] }, { idempotencyKey: 'k' });
  expect(posts.map(({ path, headers }) => [path, headers['idempotency-key']])).toEqual([
    ['/evaluate?dry_run=true', undefined],
    ['/evaluate?dry_run=true', 'k'],
  ]);
});

test('what is done to many jobs is sent as it is said, and answered for each', async () => {
  const answer: JobActionsAnswer = {
    action: 'cancel',
    dry_run: false,
    jobs: [{ job_id: 'a', outcome: 'refused', code: 'jobRunning', error: 'it runs', new_job_id: null }],
    counts: { done: 0, already: 0, refused: 1 },
    next_cursor: null,
  };
  const { url, posts } = await startReceiver({ answer: (response) => response.end(JSON.stringify(answer)) });
  const client = createClient({ server: url });
  expect(await client.act({ action: 'cancel', ids: ['a'] })).toEqual(answer);
  await client.act({ action: 'reprioritise', filter: { label: 'run:r7', q: 'ckpt' }, priority: 5, dry_run: true });
  expect(posts.map(({ method, path, body }) => [method, path, JSON.parse(body)])).toEqual([
    ['POST', '/jobs/actions', { action: 'cancel', ids: ['a'] }],
    [
      'POST',
      '/jobs/actions',
      { action: 'reprioritise', filter: { label: 'run:r7', q: 'ckpt' }, priority: 5, dry_run: true },
    ],
  ]);
});
