import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { endedJob } from '../support/jobs/jobs.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';
import { startCommand } from '../support/server/evald.ts';
import { leakyServer, showing } from '../support/server/leakyServer.ts';

type Line = { level: string; time: string; msg: string; [name: string]: unknown };
const linesOf = (text: string): Line[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('each line of a log of JSON is an object, that of a job has its id, harness and state, and none shows a secret', async (context) => {
  const leaky = await leakyServer(context);
  const server = await leaky.start({ flags: ['--log-format', 'json', '--log-level', 'debug'] });
  const id = await leaky.submit(server);
  const failed = await leaky.submit(server, { model: 'exit' });
  const [job, other] = [await endedJob(server.url, id), await endedJob(server.url, failed)];
  await fetch(`${server.url}/jobs/${id}`);
  await server.stop();
  const lines = linesOf(server.log());
  for (const line of lines) {
    expect(line).toMatchObject({
      level: expect.stringMatching(/^(debug|info|warn|error)$/),
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      msg: expect.any(String),
    });
  }
  const of = (jobId: string) => lines.filter(({ job_id }) => job_id === jobId);
  const told = of(id).map(({ event, status, harness }) => [event, status, harness]);
  expect(told).toEqual([
    ['submitted', 'queued', 'lmms-eval'],
    ['started', 'running', 'lmms-eval'],
    ['launched', 'running', 'lmms-eval'],
    [job.status, job.status, 'lmms-eval'],
  ]);
  expect(of(id)[0]).toMatchObject({ level: 'info', model: 'good', tasks: ['t1'], priority: 0, by: null });
  const end = of(failed).at(-1);
  expect(other.status).toBe('failed');
  expect(end).toMatchObject({ event: 'failed', status: 'failed', kind: other.failure_kind });
  // Each request has a line, with its path and without its query.
  expect(lines).toContainEqual(
    expect.objectContaining({ level: 'debug', method: 'GET', path: `/jobs/${id}`, answered: 200 }),
  );
  expect(showing([server.log()])).toEqual([]);
  expect(lines.at(-1)?.msg).toBe('stopped');
});

test('a server that cannot start says so in one line of its format, and ends with the code of it', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  const dataDir = await temporaryFolder();
  const flags = ['--host', '127.0.0.1', '--port', String(port), '--data-dir', dataDir, '--harness', 'demo'];
  const command = startCommand(['serve', ...flags, '--log-format', 'json', '--log-level', 'error']);
  expect(await command.ended).toBe(1);
  expect(linesOf(command.stderr())).toEqual([
    {
      level: 'error',
      time: expect.any(String),
      exit_code: 1,
      msg: `port ${port} of 127.0.0.1 is in use; choose another --port`,
    },
  ]);
  taken.close();
});
