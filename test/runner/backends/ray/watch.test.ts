import { setImmediate } from 'node:timers/promises';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { createActor } from 'xstate';
import type { Exit } from '../../../../src/machines/ports/runner.ts';
import { runTrackerMachine } from '../../../../src/machines/runTracker/runTracker.ts';
import type { RayJob } from '../../../../src/runner/backends/ray/answers.ts';
import { eventOf, rayRules } from '../../../../src/runner/backends/ray/observation.ts';
import type { RayObservation } from '../../../../src/runner/backends/ray/observe.ts';

const PENDING: RayJob = { status: 'PENDING' };
const RUNNING: RayJob = { status: 'RUNNING', driver_agent_http_address: 'http://10.0.0.7:52365' };
const GIVEN_UP: RayJob = { status: 'FAILED', error_type: 'JOB_SUPERVISOR_ACTOR_START_TIMEOUT', message: 'too long' };

// XState's development build warns of each event that comes after the end.
beforeAll(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
});

/** Shows a tracker what is seen of a run of Ray, one look after the other. @returns what it reports, in short, and how often it submits. */
async function observed(
  observations: Partial<RayObservation>[],
  { isShared = true, isAsked = false, end = null as Exit | null } = {},
): Promise<{ told: string[]; submitted: number }> {
  const told: string[] = [];
  let submitted = 0;
  const handle = { backend: 'ray' as const, id: 'evald-j', state: '/s', shared: isShared, log: '/log', logStart: 0 };
  const tracker = createActor(runTrackerMachine, {
    input: {
      rules: rayRules(handle),
      begins: 'watched',
      isStopRequested: isAsked,
      port: {
        submit: async () => {
          submitted += 1;
          return end === null ? { kind: 'accepted' } : { kind: 'never', exit: end };
        },
        inquire: async () => ({ kind: 'unclear' }),
        cancel: () => {},
        close: async () => {},
      },
    },
  });
  tracker.on('*', (event) => {
    if (event.type === 'run.placed') told.push(`${event.state} on ${event.node || 'no node'}`);
    else told.push(event.type === 'run.exited' ? Object.values(event.exit).join(' ') : 'gone');
  });
  tracker.start();
  for (const observation of observations) {
    tracker.send(
      eventOf(
        { job: 'unknown', unmet: null, exit: null, isGone: false, node: null, claim: null, ...observation },
        handle,
      ),
    );
    await setImmediate();
  }
  return { told, submitted };
}

const started = { job: RUNNING, node: 'n1', claim: 'run' } as const;

describe('the node of a run', () => {
  test('the node of a run is reported when it changes, by one name, which stays while Ray is silent', async () => {
    const observations = [{ job: PENDING }, { job: PENDING }, { job: RUNNING }, started, {}, {}, {}, started];
    expect((await observed(observations)).told).toEqual([
      'PENDING on no node',
      'RUNNING on no node',
      'RUNNING on n1',
      'UNKNOWN on n1',
      'RUNNING on n1',
    ]);
  });

  test('a run is not said to have no node, where only Ray can say so, before it has answered: it may have run for long', async () => {
    const observations = [{}, {}, {}, { job: RUNNING }, {}, {}];
    expect((await observed(observations, { isShared: false })).told).toEqual([
      'RUNNING on 10.0.0.7',
      'UNKNOWN on 10.0.0.7',
    ]);
    expect((await observed([{}, {}], { isShared: true })).told).toEqual(['UNKNOWN on no node']);
  });

  test('the node of a run is its address where no folder has its name', async () => {
    expect((await observed([{ job: PENDING }, { job: RUNNING }], { isShared: false })).told).toEqual([
      'PENDING on no node',
      'RUNNING on 10.0.0.7',
    ]);
  });
});

describe('the end of a run', () => {
  test('the end that the program recorded is enough when Ray stays away, though its shell never says that nothing is left', async () => {
    const ended: Partial<RayObservation> = { node: 'n1', claim: 'run', exit: { kind: 'code', code: 7 } };
    expect((await observed(Array.from({ length: 5 }, () => ended))).told.at(-1)).toBe('code 7');
    expect((await observed(Array.from({ length: 6 }, () => ended))).told.slice(-2)).toEqual(['code 7', 'gone']);
  });

  const seven: Exit = { kind: 'code', code: 7 };
  const zero: Exit = { kind: 'code', code: 0 };

  test.each([
    ['by the exit file, gone when Ray says so', [{ ...started, exit: zero }, { job: { status: 'SUCCEEDED' } }]],
    [
      'by the files alone',
      [
        { exit: zero, node: 'n1' },
        { exit: zero, isGone: true, node: 'n1' },
      ],
    ],
    ['of a run that was never seen to run', [{ job: { status: 'SUCCEEDED' }, exit: zero, isGone: true, node: 'n1' }]],
  ] as [string, Partial<RayObservation>[]][])('the end of a run is reported: %s', async (_, observations) => {
    const { told } = await observed(observations);
    expect(told).toEqual(['RUNNING on n1', 'code 0', 'gone']);
  });

  test('a failure waits one look for what Ray may say of it, or some, when nothing is left and Ray is about to notice', async () => {
    const [exited, stopped] = [
      { ...started, exit: seven },
      { job: { status: 'STOPPED' }, node: 'n1', claim: 'run' },
    ] as const;
    expect((await observed([exited])).told).toEqual(['RUNNING on n1']);
    expect((await observed([exited, { ...stopped, exit: seven }])).told.at(-2)).toBe('cancelled it was stopped in Ray');
    expect((await observed([exited, exited])).told.at(-1)).toBe('code 7');
    const gone = { ...exited, isGone: true };
    expect((await observed([gone, gone, gone, gone, gone])).told).toEqual(['RUNNING on n1']);
    expect((await observed([gone, gone, gone, gone, gone, gone])).told.slice(-2)).toEqual(['code 7', 'gone']);
    expect((await observed([exited], { isAsked: true })).told.at(-1)).toBe('code 7');
  });

  test('the end of a job that Ray has forgotten is in its files, else it is lost; one answer is not enough', async () => {
    const missing = { job: 'missing', claim: 'run' } as const;
    expect((await observed([started, missing])).told).toEqual(['RUNNING on n1']);
    expect((await observed([started, missing, missing])).told.slice(1)).toEqual([
      'unknown Ray does not know it any more: Ray was restarted, or the job was deleted there',
      'gone',
    ]);
    expect((await observed([missing, { ...missing, exit: seven }])).told).toEqual(['code 7', 'gone']);
  });

  test('the end of a run is never concluded from silence', async () => {
    const { told } = await observed([started, ...Array.from({ length: 50 }, () => ({}))]);
    expect(told).toEqual(['RUNNING on n1', 'UNKNOWN on n1']);
  });

  test('the end of a run is reported once, and nothing after it', async () => {
    const over = { job: { status: 'FAILED', driver_exit_code: 3 } as RayJob };
    const { told } = await observed([over, over, started, { job: 'missing' }]);
    expect(told).toEqual(['code 3', 'gone']);
  });
});

describe('another submission', () => {
  test('a run is submitted again when Ray does not have it, and it has not started', async () => {
    expect(await observed([{ job: 'missing' }, { job: 'missing' }, { job: PENDING }])).toEqual({
      told: ['PENDING on no node'],
      submitted: 2,
    });
  });

  test.each([
    ['has started', { claim: 'run' }, {}],
    ['may have started, for no folder says', {}, { isShared: false }],
  ] as [string, Partial<RayObservation>, object][])(
    'a run is not submitted again when it %s',
    async (_, observation, how) => {
      expect((await observed([{ job: 'missing', ...observation }], how)).submitted).toBe(0);
    },
  );

  test('a run is submitted again when Ray has given it up before it began', async () => {
    expect(await observed([{ job: PENDING }, { job: GIVEN_UP }])).toEqual({
      told: ['PENDING on no node'],
      submitted: 1,
    });
    expect((await observed([{ job: GIVEN_UP }], { isShared: false })).submitted).toBe(1);
  });

  test('a run that is submitted again ends when it can never run', async () => {
    const end: Exit = { kind: 'notStarted', reason: 'no node has so many' };
    expect((await observed([{ job: GIVEN_UP }], { end })).told).toEqual(['notStarted no node has so many', 'gone']);
  });

  test('a run is submitted again when its node died or Ray was started again before it began, some times; not when it had begun', async () => {
    for (const error_type of ['JOB_SUPERVISOR_ACTOR_DIED', 'JOB_SUPERVISOR_ACTOR_UNSCHEDULABLE']) {
      const died: RayJob = { status: 'FAILED', error_type, message: 'the node died' };
      expect(await observed([{ job: died }, { job: PENDING }])).toEqual({ told: ['PENDING on no node'], submitted: 1 });
      expect((await observed([{ job: died }, { job: died }, { job: died }, { job: died }])).told.at(-1)).toBe('gone');
      expect((await observed([{ ...started, job: died }])).submitted).toBe(0);
      expect((await observed([{ job: died }], { isShared: false })).submitted).toBe(0);
    }
  });

  test('a run is not submitted again when evald has taken the start: then it is over', async () => {
    const taken = { claim: 'evald' } as const;
    expect(await observed([{ job: 'missing', ...taken }])).toEqual({ told: ['signal SIGTERM', 'gone'], submitted: 0 });
    expect((await observed([{ job: PENDING, ...taken }])).told.slice(-2)).toEqual(['signal SIGTERM', 'gone']);
  });
});
