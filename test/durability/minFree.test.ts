import { execFileSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { getJob, submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { describeWith, smallFilesystem } from '../support/needs.ts';
import { healthOf } from '../support/requests/health.ts';
import { send } from '../support/requests/send.ts';
import { countedRuns } from '../support/runs/countedRuns.ts';
import { eventually } from '../support/waiting/eventually.ts';

describeWith(smallFilesystem, 'a disk with less room than --min-free', () => {
  test('nothing is started while a disk has too little room, from the first moment: jobs are taken, what runs goes on, and they start by themselves when there is room', async (context) => {
    const runs = await countedRuns(context);
    const disk = join(runs.folder, 'disk');
    await mkdir(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', disk]);
    onTestFinished(() => void execFileSync('umount', ['-l', disk]));
    const ballast = join(disk, 'ballast');
    const fill = () => writeFile(ballast, Buffer.alloc(48 << 20));
    await fill();
    const server = await runs.start({ flags: ['--runs-dir', disk, '--min-free', '32M'] });
    const reason = new RegExp(
      `^the disk of the runs folder ${disk} has 1[0-9.]+ MiB free, and a run is started with 32 MiB or more \\(--min-free\\); make room there, or set a smaller --min-free$`,
    );
    const health = await healthOf(server.url);
    expect(health).toMatchObject({ status: 'degraded', blocked: expect.stringMatching(reason), takes_jobs: true });
    expect(await (await fetch(`${server.url}/metrics`)).text()).toContain('\nevald_dispatch_blocked 1\n');
    await runs.hold();
    const first = await submit(server.url, runs.request('first'));
    expect(await getJob(server.url, first)).toMatchObject({ status: 'queued' });
    const queue = await send(`${server.url}/queue`, { method: 'GET' });
    expect(queue.json).toMatchObject({ queue_size: 1, running_job: null, blocked: expect.stringMatching(reason) });

    await rm(ballast);
    await eventually(async () => (await runs.runs()).length === 1);
    expect(await healthOf(server.url)).toMatchObject({ status: 'healthy', blocked: null });

    // Nothing starts now that could meet it.
    await fill();
    await eventually(async () => (await healthOf(server.url)).blocked);
    const second = await submit(server.url, runs.request('second'));
    await runs.release();
    expect(await endedJob(server.url, first)).toMatchObject({ status: 'completed' });
    expect(await getJob(server.url, second)).toMatchObject({ status: 'queued' });
    await rm(ballast);
    expect(await endedJob(server.url, second)).toMatchObject({ status: 'completed' });
    expect(await runs.runs()).toEqual(['first', 'second']);
    expect(server.log().match(/nothing is started: the disk of the runs folder/g)).toHaveLength(2);
    expect(server.log().match(/runs can be started again/g)).toHaveLength(2);
  });
});
