import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobInfo } from '../../../src/schemas/job/job.ts';
import { fixture } from '../../support/runs/localRun.ts';
import { startServer, type TestServer } from '../../support/server/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({
    harness: 'lmms-eval',
    flags: ['--python', fixture('log-abuser'), '--slots', '6', '--stall-timeout', '2'],
  });
});
afterAll(() => server.stop());

async function runToEnd(model: string) {
  const body = JSON.stringify({ model, tasks: ['t'], log_samples: false });
  const headers = { 'Content-Type': 'application/json' };
  const submitted = await fetch(`${server.url}/evaluate`, { method: 'POST', headers, body });
  const { job_id: id } = (await submitted.json()) as { job_id: string };
  return (await (await fetch(`${server.url}/jobs/${id}?wait=60`)).json()) as JobInfo;
}

describe.concurrent('a limit of silence', () => {
  test.each(['truncate', 'rename', 'replace', 'delete'])(
    'a limit of silence does not end a run that goes on writing, whatever becomes of its log (%s)',
    async (model) => {
      expect(await runToEnd(model)).toMatchObject({ status: 'completed', metrics: { t: { acc: { value: 1 } } } });
    },
  );

  test('a limit of silence ends a run that writes no more', async () => {
    expect(await runToEnd('mute')).toMatchObject({ status: 'failed', failure_kind: 'stalled' });
  });
});

test('a run whose log is gone at the end is judged by its results, and says so', async () => {
  const { status, warnings } = await runToEnd('delete');
  expect(status).toBe('completed');
  expect(warnings).toContainEqual(expect.stringContaining('the log is gone'));
});
