import { describe, expect, test } from 'vitest';
import type { Exit } from '../../../../src/machines/ports/runner.ts';
import { type End, exitOf, hasEnded, needsRecord } from '../../../../src/runner/backends/slurm/ends.ts';

const row = (state: string, reason = '') => ({ id: '7', name: 'evald-x', comment: 'x', node: 'n1', state, reason });
const record = (code: number, signal = 0) => ({ code, signal, limit: 120 });
const code = (number: number): Exit => ({ kind: 'code', code: number });
const end = (state: string, more: Partial<End> & { why?: string } = {}): End => {
  const { why = '', ...rest } = more;
  return { row: row(state, why), recorded: null, record: null, began: true, ...rest };
};

test.each([
  'PENDING',
  'RUNNING',
  'COMPLETING',
  'CONFIGURING',
  'SUSPENDED',
  'REQUEUED',
  'SIGNALING',
  'STAGE_OUT',
  'SPECIAL_EXIT',
])('the state %s is no end: something of the job may be left', (state) => expect(hasEnded(row(state))).toBe(false));

const ends = [
  'COMPLETED',
  'FAILED',
  'CANCELLED',
  'TIMEOUT',
  'NODE_FAIL',
  'OUT_OF_MEMORY',
  'PREEMPTED',
  'BOOT_FAIL',
  'DEADLINE',
];

test.each(ends)('the state %s is an end, and a program that has ended well has, whatever Slurm says', (state) => {
  expect(hasEnded(row(state))).toBe(true);
  expect(exitOf(end(state, { recorded: code(0), record: record(0, 15) }))).toEqual(code(0));
  expect(needsRecord(row(state), code(0))).toBe(false);
});

describe('what the script recorded', () => {
  test.each(['COMPLETED', 'FAILED'])('what the script recorded comes first when Slurm says %s', (state) => {
    expect(exitOf(end(state, { recorded: code(3), record: record(9) }))).toEqual(code(3));
    expect(needsRecord(row(state), code(3))).toBe(false);
  });

  test('the reason of Slurm why the program was asked to end is added to its recorded end', () => {
    const recorded: Exit = { kind: 'signal', signal: 'SIGTERM' };
    expect(exitOf(end('PREEMPTED', { recorded, record: record(0, 15) }))).toEqual({
      ...recorded,
      reason: 'it was preempted in Slurm by another job (Slurm: PREEMPTED)',
    });
    expect(exitOf(end('OUT_OF_MEMORY', { recorded: code(1), record: record(0, 125) }))).toEqual({
      ...code(1),
      reason: 'it used more memory than it may (Slurm: OUT_OF_MEMORY)',
    });
    expect(exitOf(end('TIMEOUT', { recorded, record: record(0, 15) }))).toEqual({ kind: 'timedOut', seconds: 120 });
  });
});

describe("Slurm's record", () => {
  test.each([
    ['COMPLETED', '', record(0), code(0)],
    ['FAILED', 'NonZeroExitCode', record(3), code(3)],
    ['FAILED', 'NonZeroExitCode', record(137), { kind: 'signal', signal: 'SIGKILL' }],
    ['FAILED', 'NonZeroExitCode', record(0, 11), { kind: 'signal', signal: 'SIGSEGV' }],
    [
      'FAILED',
      'JobLaunchFailure',
      record(15, 53),
      { kind: 'unknown', reason: 'Slurm ended it on n1 (Slurm: FAILED, JobLaunchFailure)' },
    ],
    [
      'CANCELLED',
      '',
      record(0, 9),
      { kind: 'signal', signal: 'SIGKILL', reason: 'it was cancelled in Slurm (Slurm: CANCELLED)' },
    ],
    [
      'OUT_OF_MEMORY',
      '',
      null,
      { kind: 'signal', signal: 'SIGKILL', reason: 'it used more memory than it may (Slurm: OUT_OF_MEMORY)' },
    ],
    ['TIMEOUT', '', record(0, 15), { kind: 'timedOut', seconds: 120 }],
    ['NODE_FAIL', 'NodeDown', null, { kind: 'unknown', reason: 'its node n1 failed (Slurm: NODE_FAIL, NodeDown)' }],
    ['BOOT_FAIL', '', null, { kind: 'unknown', reason: 'its node n1 could not be booted (Slurm: BOOT_FAIL)' }],
    ['LAUNCH_FAILED', '', null, { kind: 'unknown', reason: 'Slurm ended it on n1 (Slurm: LAUNCH_FAILED)' }],
  ] as const)('the record of Slurm gives the end where the script has none: %s %s', (state, why, known, exit) => {
    expect(exitOf(end(state, { why, record: known }))).toEqual(exit);
    expect(needsRecord(row(state), null)).toBe(true);
  });
});

test.each(ends.filter((state) => state !== 'COMPLETED'))(
  'the end %s of a job that never began means that it could not be started',
  (state) => {
    expect(exitOf(end(state, { began: false, record: record(0, 0) }))).toMatchObject({
      kind: 'notStarted',
      reason: expect.stringContaining(`(Slurm: ${state}`),
    });
  },
);

test('COMPLETED of a job that was not seen to begin means that it did, for its script ends well with its program alone', () => {
  expect(exitOf(end('COMPLETED', { began: false, record: record(0) }))).toEqual(code(0));
});
