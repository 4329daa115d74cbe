import { expect, expectTypeOf, test } from 'vitest';
import {
  type Backend,
  EvaldError,
  type FailureKind,
  failureKindSchema,
  type Harness,
  type JobInfo,
  type JobScheduler,
  type Journal,
  type Outcome,
  openSqliteJournal,
  type RunExecutor,
  type RunHandle,
  UnfitError,
} from '../src/index.ts';
import { scheduling } from './support/jobs/scheduling.ts';
import { request } from './support/requests/request.ts';

test('every kind in which an outcome can fail is a kind that clients are shown, and the other way round', () => {
  expectTypeOf<FailureKind>().toEqualTypeOf<Extract<Outcome, { status: 'failed' }>['kind']>();
  expectTypeOf<JobInfo['failure_kind']>().toEqualTypeOf<FailureKind | null>();
  expect(new Set(failureKindSchema.options).size).toBe(failureKindSchema.options.length);
});

test('a scheduler takes any journal and any runs, and runs are of any backend and harness', () => {
  expectTypeOf<ConstructorParameters<typeof JobScheduler>[0]>().toExtend<{ runs: RunExecutor; journal: Journal }>();
  expectTypeOf(openSqliteJournal).returns.resolves.toExtend<Journal>();
  expectTypeOf<Harness['judge']>().returns.resolves.toEqualTypeOf<Outcome>();
  expectTypeOf<Backend['launch']>().returns.resolves.toEqualTypeOf<RunHandle>();
});

test('a refusal of the library can be caught by its class and told apart by its code', async () => {
  const { scheduler } = await scheduling();
  for (const ask of [
    () => scheduler.cancelJob('no-such-job'),
    () => scheduler.stopJob('no-such-job'),
    () => scheduler.retryJob('no-such-job'),
    () => scheduler.reprioritiseJob('no-such-job', 1),
  ]) {
    const refused = await ask().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(EvaldError);
    expect(refused).toMatchObject({ code: 'jobNotFound', message: 'Job no-such-job not found' });
  }
  expect(new UnfitError({ path: ['model'], input: 'm', message: 'no' })).toBeInstanceOf(EvaldError);
  const { jobId } = await scheduler.addJob(request());
  expectTypeOf(scheduler.getJob(jobId)).toEqualTypeOf<JobInfo | undefined>();
});
