import { expect, test } from 'vitest';
import type { Exit } from '../../../../src/machines/ports/runner.ts';
import { type RayJob, rayJobSchema } from '../../../../src/runner/backends/ray/answers.ts';
import { exitOf, withReason } from '../../../../src/runner/backends/ray/exit.ts';

const failed = (more: Partial<RayJob>): RayJob => ({ status: 'FAILED', driver_exit_code: null, ...more });

const died = (message: string) => ({ error_type: 'JOB_SUPERVISOR_ACTOR_DIED', message });
const of = (kind: string) => ({ kind, reason: expect.stringMatching(/^Ray says: JOB_SUPERVISOR_ACTOR_DIED: /) });

test.each([
  [
    { status: 'SUCCEEDED', driver_exit_code: 0 },
    { kind: 'code', code: 0 },
  ],
  [failed({ driver_exit_code: 3 }), { kind: 'code', code: 3 }],
  // As the shell of a run ends when its program was killed, and as Ray tells that the shell was.
  [failed({ driver_exit_code: 137 }), { kind: 'signal', signal: 'SIGKILL' }],
  [failed({ driver_exit_code: -15 }), { kind: 'signal', signal: 'SIGTERM' }],
  [{ status: 'STOPPED' }, { kind: 'cancelled', reason: 'it was stopped in Ray' }],
  [
    failed(
      died("The actor died because its node has died. Node Id: 7\n\tthe actor's node was terminated unexpectedly: x"),
    ),
    of('nodeFailed'),
  ],
  [failed(died("The actor died because its node has died.\n\tthe actor's node was preempted: spot")), of('preempted')],
  [failed(died('1 worker(s) were killed due to the node running low on memory.')), of('outOfMemory')],
  [
    failed(died('There are some potential root causes. (1) The process is killed by SIGKILL by OOM killer')),
    { kind: 'unknown', reason: expect.stringContaining('potential root causes') },
  ],
  // Its own words, whatever they say.
  [failed({ ...died('its node has died'), driver_exit_code: 1 }), { kind: 'code', code: 1 }],
  [
    failed({
      driver_exit_code: 125,
      message: 'failed with exit code 125, last available logs:\nRunning …\nevald: n1 cannot write to /x\n',
    }),
    { kind: 'notStarted', reason: 'n1 cannot write to /x' },
  ],
  [failed({ driver_exit_code: 125, message: 'no logs' }), { kind: 'code', code: 125 }],
  [
    failed({ error_type: 'JOB_SUPERVISOR_ACTOR_DIED', message: 'The node\nwas  lost' }),
    { kind: 'unknown', reason: 'Ray says: JOB_SUPERVISOR_ACTOR_DIED: The node was lost' },
  ],
  [
    failed({ error_type: 'RUNTIME_ENV_SETUP_FAILURE', message: 'no pip. Full traceback:\nTraceback …' }),
    { kind: 'notStarted', reason: 'Ray says: RUNTIME_ENV_SETUP_FAILURE: no pip.' },
  ],
  [failed({}), { kind: 'unknown', reason: 'Ray says: FAILED' }],
] as [RayJob, Exit][])('a job %j of Ray has the exit %j', (job, exit) => {
  expect(exitOf(job)).toEqual(exit);
});

test('a stop before the program began is reported as such', () => {
  expect(exitOf({ status: 'STOPPED' }, 'never')).toEqual({
    kind: 'cancelled',
    reason: 'it was stopped in Ray before it began',
  });
});

test("a long message of Ray's is cut", () => {
  const exit = exitOf(failed({ message: 'x'.repeat(10_000) }));
  expect(exit.kind === 'unknown' && exit.reason.length).toBeLessThan(600);
});

test.each([
  [{ kind: 'code', code: 7 }, 'STOPPED', { kind: 'cancelled', reason: 'it was stopped in Ray' }],
  [{ kind: 'code', code: 7 }, 'FAILED', { kind: 'code', code: 7 }],
  // It had ended by itself before the stop came.
  [{ kind: 'code', code: 0 }, 'STOPPED', { kind: 'code', code: 0 }],
] as [Exit, RayJob['status'], Exit][])('the exit %j of a job that is %s is reported as %j', (exit, status, told) => {
  expect(withReason(exit, { status })).toEqual(told);
});

test('a job of a later Ray is read as far as it is known', () => {
  expect(rayJobSchema.parse({ status: 'RUNNING', new_field: [1], metadata: null })).toMatchObject({
    status: 'RUNNING',
  });
  expect(() => rayJobSchema.parse({ status: 'PAUSED' })).toThrow();
});

test('a run that has begun is not said never to have started, although Ray gave it up at that moment', () => {
  const job = failed({ error_type: 'JOB_SUPERVISOR_ACTOR_START_TIMEOUT', message: 'too long' });
  const reason = 'Ray says: JOB_SUPERVISOR_ACTOR_START_TIMEOUT: too long';
  expect(exitOf(job, 'begun')).toEqual({ kind: 'unknown', reason });
  expect(exitOf(job, 'never')).toEqual({ kind: 'notStarted', reason });
  expect(exitOf(job)).toEqual({ kind: 'notStarted', reason });
});
