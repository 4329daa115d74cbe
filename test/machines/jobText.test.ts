import { describe, expect, test } from 'vitest';
import { JobTexts, jobText } from '../../src/machines/jobText.ts';
import { controlledRuns } from '../support/controlledRuns.ts';
import { request } from '../support/request.ts';
import { scheduling } from '../support/scheduling.ts';
import { until } from '../support/until.ts';

describe('a job as text', () => {
  test('is the job as JSON, wherever it is and whatever happens around it, however often it is asked for', async () => {
    const { scheduler, control, pass, statusOf } = await scheduling({ slots: 1 });
    const odd = request({
      tasks: ['"position_in_queue":null', '\\",\u2028é'],
      model_args: { expected_start_at: null, retries: [] },
    });
    const add = async () => (await scheduler.addJob(odd, { warnings: ['"a" \u{1f600}'] })).jobId;
    const jobs: string[] = [];
    const expectSame = () => {
      for (const jobId of jobs) {
        const job = scheduler.getJob(jobId);
        for (const _ of [1, 2]) expect(scheduler.getJobText(jobId)).toBe(JSON.stringify(job));
      }
    };
    for (let n = 0; n < 4; n++) {
      jobs.push(await add());
      expectSame();
    }
    const [first = '', second = '', third = '', last = ''] = jobs;
    await until(() => control.launched.includes(first));
    expectSame();
    pass(60_000);
    await control.end(first);
    await until(() => statusOf(first) === 'completed' && control.launched.includes(second));
    // Now there is a median, so that starts and ends are expected.
    expect(scheduler.getJob(last)?.expected_start_at).not.toBeNull();
    expectSame();
    await scheduler.cancelJob(third);
    expectSame();
    expect(scheduler.getJob(last)?.position_in_queue).toBe(0);
    await scheduler.pauseQueue();
    expectSame();
    expect(scheduler.getJob(last)?.waiting_for).toEqual({ kind: 'pause' });
    expect(scheduler.getJob(last)?.expected_start_at).toBeNull();
  });

  test('says as the job itself what it waits for: before, while and after it waits', async () => {
    const control = controlledRuns();
    const { scheduler, statusOf } = await scheduling({ slots: 2, devices: ['0', '1'] }, { control });
    const add = async (fields: object) => (await scheduler.addJob(request(fields))).jobId;
    const jobs = [
      await add({ output_dir: '/a "quoted" folder' }),
      await add({ output_dir: '/a "quoted" folder' }),
      await add({ num_gpus: 2 }),
    ];
    const expectSame = (...kinds: (string | undefined)[]) => {
      const shown = jobs.map((jobId) => scheduler.getJob(jobId));
      expect(shown.map((job) => job?.waiting_for?.kind)).toEqual(kinds);
      for (const job of [...shown, ...shown]) {
        expect(scheduler.getJobText(job?.job_id ?? '')).toBe(JSON.stringify(job));
      }
    };
    const [first = '', second = '', third = ''] = jobs;
    await until(() => control.launched.includes(first));
    expectSame(undefined, 'folder', 'jobs');
    await scheduler.cancelJob(second);
    expectSame(undefined, undefined, 'devices');
    await scheduler.pauseQueue();
    expectSame(undefined, undefined, 'pause');
    await scheduler.resumeQueue();
    expectSame(undefined, undefined, 'devices');
    await control.end(first);
    await until(() => statusOf(third) === 'running');
    expectSame(undefined, undefined, undefined);
  });

  test('is nothing for a job that is not known', async () => {
    const { scheduler } = await scheduling();
    expect(scheduler.getJobText('nobody')).toBeUndefined();
  });
});

test('texts are kept of the jobs that were asked for last, and of no more than fit', () => {
  const texts = new JobTexts();
  const ids = Array.from({ length: 100 }, (_, n) => `job-${n}`);
  const keep = (jobId: string) => texts.keep({ jobId, known: {}, text: ['x'.repeat(1024 * 1024)], place: null });
  for (const id of ids) {
    keep(id);
    expect(texts.find('job-0')?.jobId).toBe('job-0');
  }
  const kept = ids.filter((id) => texts.find(id) !== undefined);
  expect(kept.length).toBeLessThanOrEqual(32);
  expect(kept).toContain('job-0');
  expect(kept).toContain('job-99');
});

test('what changes stands between what stays', async () => {
  const { scheduler } = await scheduling();
  const { jobId } = await scheduler.addJob(request());
  const job = scheduler.getJob(jobId);
  expect(job && jobText(job).map((piece) => piece.slice(0, 2))).toEqual(['{"', ',"', ',"', ',"', ',"']);
});
