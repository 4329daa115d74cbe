import { describe, expect, test } from 'vitest';
import { JobTexts, jobText } from '../../src/machines/jobText.ts';
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
    expect(scheduler.getJob(last)?.expected_start_at).toBeNull();
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
  expect(job && jobText(job).map((piece) => piece.slice(0, 2))).toEqual(['{"', ',"', ',"', ',"']);
});
