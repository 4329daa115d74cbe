import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { type LmmsEvalServer, startLmmsEvalServer } from '../support/harnesses/lmmsEvalServer.ts';
import { describeWith, lmmsEval, lmmsEvalPython } from '../support/needs.ts';
import { offline } from '../support/runs/tinyTask.ts';

const script = join(import.meta.dirname, 'clients.py');
const seenSchema = z.record(z.string(), z.unknown());
const idOf = (answer: unknown) => z.object({ job_id: z.string() }).parse(answer).job_id;

describeWith(lmmsEval, 'the unchanged clients of lmms-eval', () => {
  let real: LmmsEvalServer;
  let seen: z.infer<typeof seenSchema>;

  beforeAll(async () => {
    real = await startLmmsEvalServer(['--slots', '2']);
    const [task] = real.tiny.tasks;
    const { stdout } = await promisify(execFile)(lmmsEvalPython, [script, real.server.url, task], {
      env: { ...process.env, ...offline },
      maxBuffer: 16 * 1024 * 1024,
    });
    seen = seenSchema.parse(JSON.parse(stdout.slice(stdout.lastIndexOf('\n'))));
  }, 600_000);
  afterAll(() => real?.stop());

  test('the unchanged clients of lmms-eval see a healthy server', () => {
    expect(seen).toMatchObject({
      is_healthy: true,
      health: { status: 'healthy', harness: 'lmms-eval' },
      async_health: { status: 'healthy' },
    });
  });

  test('the unchanged clients of lmms-eval submit, and get the position in the queue', () => {
    expect(seen['good']).toMatchObject({ status: 'queued', position_in_queue: 0 });
    expect(seen['waiting']).toMatchObject({
      position_in_queue: 0,
      message: expect.stringContaining('Position in queue: 0'),
    });
    const waiting = idOf(seen['waiting']);
    expect(seen['queue']).toMatchObject({ queue_size: 1, running_job: idOf(seen['good']), queued_jobs: [waiting] });
    expect(seen['async_queue']).toMatchObject({ queued_jobs: [idOf(seen['async_waiting'])] });
  });

  test('the unchanged clients of lmms-eval cancel a waiting job, and get the error they expect for what cannot be cancelled', () => {
    const [waiting, asyncWaiting] = [idOf(seen['waiting']), idOf(seen['async_waiting'])];
    expect(seen['cancelled']).toEqual({ message: `Job ${waiting} cancelled` });
    expect(seen['cancelled_job']).toMatchObject({ job_id: waiting, status: 'cancelled' });
    expect(seen['async_cancelled']).toEqual({ message: `Job ${asyncWaiting} cancelled` });
    expect(seen['cancelled_again']).toMatch(/^HTTPStatusError: .*400 Bad Request: Job already finished/);
    expect(seen['cancelled_running']).toMatch(/400 Bad Request: Cannot cancel a running job: POST \/jobs\/\S+\/stop /);
    expect(seen['nobody']).toMatch(/^HTTPStatusError: .*404 Not Found: Job nobody not found/);
    expect(seen['nonsense']).toMatch(/^HTTPStatusError: .*422 Unprocessable Entity: .*tasks/);
  });

  test('the unchanged clients of lmms-eval wait for a job, and find its numbers beside its files', () => {
    const [task] = real.tiny.tasks;
    expect(seen['job']).toMatchObject({
      job_id: idOf(seen['good']),
      status: 'completed',
      metrics: { [task]: { exact_match: { value: 0.5, n: 4 } } },
      result: expect.objectContaining({}),
    });
    expect(seen['async_job']).toEqual(seen['job']);
  });

  test('the unchanged clients of lmms-eval raise for a job that failed, with the message of the harness', () => {
    expect(seen['failed']).toMatch(/^RuntimeError: Job failed: .*Tasks were not found: evald_nosuch/s);
    expect(seen['async_failed']).toMatch(/^Job failed: .*Tasks were not found: evald_nosuch/s);
  });

  test('the unchanged clients of lmms-eval list the tasks, those of --include_path among them, and the models', () => {
    expect(seen['tasks']).toEqual(expect.arrayContaining([...real.tiny.tasks, 'mme']));
    expect(seen['models']).toEqual(expect.arrayContaining(['dummy', 'qwen2_5_vl']));
  });
});
