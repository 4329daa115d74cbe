import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { getJob, submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { countedRuns } from '../support/runs/countedRuns.ts';
import { fixture } from '../support/runs/localRun.ts';
import { eventually } from '../support/waiting/eventually.ts';

describe('a start that is refused', () => {
  test('a start that is refused because the port is in use touches no run and no job', async (context) => {
    const [other, counted] = [await countedRuns(context), await countedRuns(context)];
    await counted.hold();
    const first = await counted.start();
    const [running, waiting] = [
      await submit(first.url, counted.request('a')),
      await submit(first.url, counted.request('b')),
    ];
    await eventually(async () => (await counted.runs()).length === 1);
    await first.kill();
    const port = new URL((await other.start()).url).port;
    for (let tries = 0; tries < 3; tries++) {
      await expect(counted.start({ flags: ['--port', port] })).rejects.toThrow('is in use');
    }
    const next = await counted.start();
    expect(await getJob(next.url, running)).toMatchObject({ status: 'running' });
    expect(await getJob(next.url, waiting)).toMatchObject({ status: 'queued' });
    await counted.release();
    expect(await endedJob(next.url, running)).toMatchObject({ status: 'completed' });
    expect(await endedJob(next.url, waiting)).toMatchObject({ status: 'completed' });
    expect(await counted.runs()).toEqual(['a', 'b']);
  });

  test('a start that is refused because auto would change the harness that jobs wait for fails none of them', async (context) => {
    const counted = await countedRuns(context);
    await counted.hold();
    const first = await counted.start();
    const jobId = await submit(first.url, counted.request('a'));
    await first.kill();
    await expect(counted.start({ flags: ['--harness', 'auto', '--python', fixture('bare-python')] })).rejects.toThrow(
      'jobs wait that were submitted for the harness lmms-eval',
    );
    await counted.release();
    const next = await counted.start();
    expect(await endedJob(next.url, jobId)).toMatchObject({ status: 'completed' });
  });
});

describe('a server whose journal contradicts it', () => {
  test('a server whose journal contradicts it ends with one line and exit code 1, and leaves the run alone', async (context) => {
    const counted = await countedRuns(context);
    await counted.hold();
    const server = await counted.start();
    const jobId = await submit(server.url, counted.request('a'));
    await eventually(async () => (await getJob(server.url, jobId)).log !== null);
    const database = new DatabaseSync(join(counted.dataDir, 'journal.db'));
    database.prepare("UPDATE jobs SET status = 'queued', started_at = NULL WHERE job_id = ?").run(jobId);
    const ended = once(server.process, 'exit');
    await counted.release();
    await ended;
    expect(server.process.exitCode).toBe(1);
    expect(server.log().trim().split('\n').at(-1)).toMatch(/^evald: the scheduler failed: .* start it again/);
    database.prepare("UPDATE jobs SET status = 'running', started_at = 1 WHERE job_id = ?").run(jobId);
    database.close();
    const next = await counted.start();
    expect(await endedJob(next.url, jobId)).toMatchObject({ status: 'completed' });
    expect(await counted.runs()).toEqual(['a']);
  });
});
