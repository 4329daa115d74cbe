import { describe, expect, test } from 'vitest';
import type { Exit } from '../../../../src/machines/ports/runner.ts';
import { type End, exitOf, hasEnded, needsRecord, requeuedExit } from '../../../../src/runner/backends/slurm/ends.ts';

const row = (state: string, reason = '') => ({ id: '7', name: 'evald-x', comment: 'x', node: 'n1', state, reason });
const record = (code: number, signal = 0) => ({ code, signal, limit: 120, restarts: 0 });
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
    // A job that was put back into the queue fails when it starts again: its record tells.
    expect(needsRecord(row(state), code(3))).toBe(state === 'FAILED');
  });

  test('an end by Slurm has its own kind, with which code or signal the program has ended whatever', () => {
    const recorded: Exit = { kind: 'signal', signal: 'SIGTERM' };
    expect(exitOf(end('PREEMPTED', { recorded, record: record(0, 15) }))).toEqual({
      kind: 'preempted',
      reason: 'it was preempted in Slurm by another job (Slurm: PREEMPTED)',
    });
    expect(exitOf(end('OUT_OF_MEMORY', { recorded: code(1), record: record(0, 125) }))).toEqual({
      kind: 'outOfMemory',
      reason: 'it used more memory than it may (Slurm: OUT_OF_MEMORY)',
    });
    expect(exitOf(end('TIMEOUT', { recorded, record: record(0, 15) }))).toEqual({ kind: 'timedOut', seconds: 120 });
    expect(exitOf(end('TIMEOUT', { recorded }))).toEqual({ kind: 'timedOut', seconds: null });
    expect(exitOf(end('DEADLINE', { recorded }))).toEqual({
      ...recorded,
      reason: 'its deadline in Slurm has passed (Slurm: DEADLINE)',
    });
  });

  test('a cancellation in Slurm has one kind: of a job that waits, and of one that ends by TERM, with a code or by KILL', () => {
    const cancelled = { kind: 'cancelled', reason: 'it was cancelled in Slurm (Slurm: CANCELLED)' };
    expect(exitOf(end('CANCELLED', { began: false, record: record(0) }))).toEqual(cancelled);
    expect(
      exitOf(end('CANCELLED', { recorded: { kind: 'signal', signal: 'SIGTERM' }, record: record(0, 15) })),
    ).toEqual(cancelled);
    expect(exitOf(end('CANCELLED', { recorded: code(3), record: record(0, 15) }))).toEqual(cancelled);
    expect(exitOf(end('CANCELLED', { record: record(0, 9) }))).toEqual(cancelled);
  });

  test('a run that was requeued ends as preempted, or by the failure of its node; one that had ended well has', () => {
    const term: Exit = { kind: 'signal', signal: 'SIGTERM' };
    expect(requeuedExit(null, 'n1', false)).toMatchObject({ kind: 'preempted' });
    expect(requeuedExit(term, 'n1', false)).toMatchObject({ kind: 'preempted' });
    expect(requeuedExit(term, 'n1', true)).toEqual({
      kind: 'nodeFailed',
      reason: 'its node n1 failed, and Slurm requeued it',
    });
    expect(requeuedExit(code(0), 'n1', true)).toEqual(code(0));
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
    ['CANCELLED', '', record(0, 9), { kind: 'cancelled', reason: 'it was cancelled in Slurm (Slurm: CANCELLED)' }],
    [
      'OUT_OF_MEMORY',
      '',
      null,
      { kind: 'outOfMemory', reason: 'it used more memory than it may (Slurm: OUT_OF_MEMORY)' },
    ],
    ['TIMEOUT', '', record(0, 15), { kind: 'timedOut', seconds: 120 }],
    ['NODE_FAIL', 'NodeDown', null, { kind: 'nodeFailed', reason: 'its node n1 failed (Slurm: NODE_FAIL, NodeDown)' }],
    ['BOOT_FAIL', '', null, { kind: 'nodeFailed', reason: 'its node n1 could not be booted (Slurm: BOOT_FAIL)' }],
    ['LAUNCH_FAILED', '', null, { kind: 'unknown', reason: 'Slurm ended it on n1 (Slurm: LAUNCH_FAILED)' }],
  ] as const)('the record of Slurm gives the end where the script has none: %s %s', (state, why, known, exit) => {
    expect(exitOf(end(state, { why, record: known }))).toEqual(exit);
    expect(needsRecord(row(state), null)).toBe(true);
  });
});

test.each([
  ['FAILED', 'notStarted'],
  ['DEADLINE', 'notStarted'],
  ['CANCELLED', 'cancelled'],
  ['PREEMPTED', 'preempted'],
  ['NODE_FAIL', 'nodeFailed'],
  ['BOOT_FAIL', 'nodeFailed'],
  ['OUT_OF_MEMORY', 'outOfMemory'],
])('the end %s of a job that never began is %s', (state, kind) => {
  expect(exitOf(end(state, { began: false, record: record(0, 0) }))).toMatchObject({
    kind,
    reason: expect.stringContaining(`(Slurm: ${state}`),
  });
});

test('COMPLETED of a job that was not seen to begin means that it did, for its script ends well with its program alone', () => {
  expect(exitOf(end('COMPLETED', { began: false, record: record(0) }))).toEqual(code(0));
});
