import { execFileSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { describeWith, smallFilesystem } from '../support/needs.ts';
import { countedRuns } from '../support/runs/countedRuns.ts';
import { startServer } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';

const post = (url: string, body: object) =>
  fetch(`${url}/evaluate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

describeWith(smallFilesystem, 'a full disk', () => {
  test('on a full disk submissions are refused with the reason, none acknowledged is lost, and the server recovers by itself', async (context) => {
    const counted = await countedRuns(context);
    const disk = join(counted.folder, 'disk');
    await mkdir(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk]);
    onTestFinished(() => {
      execFileSync('umount', ['-l', disk]);
    });
    await counted.hold();
    const output = join(counted.folder, 'output');
    const request = (tag: string) => ({ ...counted.request(tag), output_dir: join(output, tag) });
    const flags = [...(counted.options.flags ?? []), '--min-free', '0'];
    const server = await startServer({ ...counted.options, flags, dataDir: join(disk, 'data') });
    onTestFinished(async () => {
      await server.stop();
    });
    const running = await submit(server.url, request('running'));
    await eventually(async () => (await counted.runs()).length === 1);
    const waiting = await submit(server.url, request('waiting'));

    const ballast = join(disk, 'ballast');
    await writeFile(ballast, Buffer.alloc(8 << 20)).catch(() => {});
    const refused = await eventually(async () => {
      const response = await post(server.url, request('refused'));
      return response.status === 200 ? null : response;
    });
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).not.toBeNull();
    expect(await refused.json()).toMatchObject({ detail: expect.stringMatching(/full|I\/O error/) });
    const health = await fetch(`${server.url}/health`);
    expect(health.status).toBe(503);
    expect(await health.json()).toMatchObject({
      status: 'degraded',
      reasons: [expect.stringMatching(/full|I\/O error/)],
    });
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    for (const line of ['evald_journal_writable 0', 'evald_intake_open 0']) expect(metrics).toContain(`\n${line}\n`);
    expect(metrics).toMatch(/\nevald_journal_commit_failures_total [1-9]/);
    // The run ends while nothing can be written: its outcome is kept.
    await counted.release();

    await rm(ballast);
    await eventually(async () => (await fetch(`${server.url}/health`)).status === 200);
    expect(await endedJob(server.url, running)).toMatchObject({ status: 'completed' });
    expect(await endedJob(server.url, waiting)).toMatchObject({ status: 'completed' });
    await expect(submit(server.url, request('again'))).resolves.toBeTypeOf('string');
    expect((await counted.runs()).slice(0, 2)).toEqual(['running', 'waiting']);
    expect(await counted.runs()).not.toContain('refused');
  });
});
