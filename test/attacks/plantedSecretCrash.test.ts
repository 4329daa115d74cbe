import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { commandLinesWith, filesWith } from '../support/files/filesWith.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { everyAnswer } from '../support/requests/everyAnswer.ts';
import { crashPoints } from '../support/server/crashingServer.ts';
import { leakyServer, planted, plantedForms, showing } from '../support/server/leakyServer.ts';

const redacted = `Last words: response=B,api_key=${'*'.repeat(planted.asked.length)}`;

describe.concurrent('a server that is killed', () => {
  test.for(crashPoints)(
    'a server that is killed %s: the run still gets its secret, and none is left',
    async (crashAt, context) => {
      const leaky = await leakyServer(context);
      const crashing = await leaky.start({ crashAt });
      const crashed = once(crashing.process, 'exit');
      await leaky.submit(crashing).catch(() => {});
      await crashed;
      const next = await leaky.start();
      const { jobs } = (await (await fetch(`${next.url}/jobs`)).json()) as { jobs: { job_id: string }[] };
      expect(jobs).toHaveLength(1);
      const jobId = String(jobs[0]?.job_id);
      expect(await endedJob(next.url, jobId)).toMatchObject({ status: 'completed' });
      const answers = await everyAnswer(next.url, jobId, 't1');
      expect(answers.get(`/jobs/${jobId}/log {}`)).toContain(redacted);
      expect(showing([...answers.values(), crashing.log(), next.log()])).toEqual([]);
      expect(await filesWith(leaky.dataDir, plantedForms)).toEqual([]);
    },
  );

  test('a server that is killed while runs are under way: the next one redacts their secrets, passes them on, and forgets them', async (context) => {
    const leaky = await leakyServer(context);
    await leaky.hold();
    const first = await leaky.start();
    const running = await leaky.submit(first);
    const more = [await leaky.submit(first, { labels: { n: 2 } }), await leaky.submit(first, { num_gpus: 2 })];
    await leaky.held();
    await first.kill();

    const next = await leaky.start();
    const during = await everyAnswer(next.url, running, 't1');
    expect(during.get(`/jobs/${running} {}`)).toContain('"status":"running"');
    expect(showing(during.values())).toEqual([]);
    expect(await commandLinesWith(plantedForms)).toEqual([]);
    await leaky.release();
    for (const jobId of [running, ...more]) {
      expect(await endedJob(next.url, jobId)).toMatchObject({ status: 'completed' });
      expect(showing((await everyAnswer(next.url, jobId, 't1')).values())).toEqual([]);
    }
    expect(await filesWith(leaky.dataDir, plantedForms)).toEqual([]);
    await next.kill();
    expect(await filesWith(leaky.dataDir, plantedForms)).toEqual([]);
  });
});
