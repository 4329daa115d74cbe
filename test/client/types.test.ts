import { expectTypeOf, test } from 'vitest';
import type {
  Client,
  ClientError,
  ClientErrorCode,
  ClientFault,
  FeedItem,
  Health,
  JobEvent,
  JobInfo,
  JobList,
  JobResults,
  LiveItem,
  Queue,
  RetryAnswer,
  SubmitAnswer,
  Waited,
} from '../../src/client/index.ts';

test('what the client answers has the types of what the server sends', () => {
  expectTypeOf<Client['submit']>().returns.resolves.toEqualTypeOf<SubmitAnswer>();
  expectTypeOf<Client['retry']>().returns.resolves.toEqualTypeOf<RetryAnswer>();
  expectTypeOf<Client['job']>().returns.resolves.toEqualTypeOf<JobInfo>();
  expectTypeOf<Client['reprioritise']>().returns.resolves.toEqualTypeOf<JobInfo>();
  expectTypeOf<Client['jobs']>().returns.resolves.toEqualTypeOf<JobList>();
  expectTypeOf<Client['allJobs']>().returns.toEqualTypeOf<AsyncGenerator<JobInfo, void>>();
  expectTypeOf<Client['queue']>().returns.resolves.toEqualTypeOf<Queue>();
  expectTypeOf<Client['health']>().returns.resolves.toEqualTypeOf<Health>();
  expectTypeOf<Client['results']>().returns.resolves.toEqualTypeOf<JobResults>();
  expectTypeOf<Client['events']>().returns.toEqualTypeOf<AsyncGenerator<FeedItem, void>>();
  expectTypeOf<Client['liveTransitions']>().returns.toEqualTypeOf<AsyncGenerator<LiveItem, void>>();
  expectTypeOf<Client['followLog']>().returns.toEqualTypeOf<AsyncGenerator<string, void>>();
  expectTypeOf<Client['wait']>().returns.resolves.toEqualTypeOf<Waited>();
});

test('what is sent is typed: a submission names a model and tasks, and the rest may be left out', () => {
  type Submission = Parameters<Client['submit']>[0];
  expectTypeOf<{ model: string; tasks: string[] }>().toExtend<Submission>();
  expectTypeOf<{ model: string; tasks: string[]; priority: number; labels: { step: number } }>().toExtend<Submission>();
  expectTypeOf<{ model: string; tasks: string[]; limit: undefined }>().toExtend<Submission>();
  expectTypeOf<{ model: string }>().not.toExtend<Submission>();
  expectTypeOf<{ model: string; tasks: string[]; num_gpus: string }>().not.toExtend<Submission>();
  expectTypeOf<{ status: 'running'; limit: number; order: 'oldest' }>().toExtend<Parameters<Client['jobs']>[0]>();
  expectTypeOf<{ status: 'lost' }>().not.toExtend<Parameters<Client['jobs']>[0]>();
});

test('errors and events are distinguished by one field', () => {
  expectTypeOf<ClientError['code']>().toEqualTypeOf<ClientErrorCode>();
  expectTypeOf<Extract<ClientFault, { code: 'refused' }>>().toExtend<{ fields: readonly { msg: string }[] }>();
  expectTypeOf<Exclude<FeedItem, { type: 'gap' }>>().toEqualTypeOf<JobEvent>();
});
