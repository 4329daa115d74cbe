import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../journal/temporaryJournal.ts';
import { getJob, submit } from '../support/jobs/client.ts';
import { endedJob, jobWhen } from '../support/jobs/jobs.ts';
import { describeWith, faketime, faketimeLibrary } from '../support/needs.ts';
import { startReceiver } from '../support/requests/receiver.ts';
import { send } from '../support/requests/send.ts';
import { startServer } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';

const quick = { model: 'majority', tasks: ['demo_digits'] };

describeWith(faketime, 'a server whose clock is set', () => {
  test('a clock set by years and back deletes nothing, falsifies no duration, delays no webhook, and causes no warning', async () => {
    const folder = await temporaryFolder();
    const [dataDir, offset] = [join(folder, 'data'), join(folder, 'offset')];
    const setClock = (by: string) => writeFileSync(offset, `${by}\n`);
    const env = {
      ...{ LD_PRELOAD: faketimeLibrary, FAKETIME_TIMESTAMP_FILE: offset, FAKETIME_NO_CACHE: '1' },
      ...{ FAKETIME_DONT_FAKE_MONOTONIC: '1', DONT_FAKE_MONOTONIC: '1' },
    };
    const { port, url, down } = await startReceiver();
    await down();
    const flags = ['--history-days', '1', '--max-completed-jobs', '1', '--webhook', url, '--webhook-allow-private'];
    const start = async () => {
      const server = await startServer({ dataDir, flags, env });
      onTestFinished(async () => void (await server.stop()));
      return server;
    };

    setClock('+0');
    const first = await start();
    const early = await endedJob(first.url, await submit(first.url, quick));
    // The clock is years ahead while a run begins, and behind when it ends.
    setClock('+10y');
    const slow = await submit(first.url, { model: 'majority', tasks: ['demo'], model_args: { delay: 0.005 } });
    const began = performance.now();
    await jobWhen(first.url, slow, ({ log }) => log !== null);
    setClock('-2h');
    const ended = await endedJob(first.url, slow);
    const most = (performance.now() - began) / 1_000 + 1;
    expect(ended.status).toBe('completed');
    expect(ended.duration_seconds).toBeGreaterThan(0.5);
    expect(ended.duration_seconds).toBeLessThan(most);
    expect(Date.parse(String(ended.completed_at))).toBeGreaterThanOrEqual(Date.parse(String(ended.started_at)));
    const { json } = await send(`${first.url}/jobs/${slow}/results`, { method: 'GET' });
    expect(json).toMatchObject({ duration_seconds: ended.duration_seconds });

    // Both webhooks wait for their receiver; what the clock shows meanwhile makes none of them later.
    await eventually(() => first.log().match(/failed \(attempt 1\)/g)?.length === 2);
    setClock('-1y');
    const receiver = await startReceiver({ port });
    await eventually(() => receiver.posts.length === 2);

    // It starts with a clock that is wrong, as a machine without a battery does.
    await first.stop();
    setClock('+10y');
    const next = await start();
    await endedJob(next.url, await submit(next.url, quick));
    setClock('+0');
    await endedJob(next.url, await submit(next.url, quick));
    for (const jobId of [early.job_id, slow]) expect((await getJob(next.url, jobId)).status).toBe('completed');
    expect(first.log() + next.log()).not.toMatch(/Warning|at \S+ \(/);
  });
});
