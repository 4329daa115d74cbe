import { afterEach, expect, test, vi } from 'vitest';
import { createMachine } from 'xstate';
import { jobMachine } from '../../src/machines/job/job.ts';
import { isEnd, isFinal, jobSteps } from '../../src/machines/job/jobSteps.ts';
import { jobStatusSchema } from '../../src/schemas/job/job.ts';

afterEach(() => vi.doUnmock('../../src/machines/job/job.ts'));

test('what a transition of the journal does to the state of its job is what the chart says', () => {
  expect(jobSteps).toEqual({
    submitted: { from: null, to: 'queued' },
    reprioritised: { from: 'queued', to: 'queued' },
    started: { from: 'queued', to: 'running' },
    launched: { from: 'running', to: 'running' },
    placed: { from: 'running', to: 'running' },
    withdrawn: { from: 'running', to: 'running' },
    taskCompleted: { from: 'running', to: 'running' },
    attemptFailed: { from: 'running', to: 'running' },
    stopRequested: { from: 'running', to: 'running' },
    cancelled: { from: 'queued', to: 'cancelled' },
    completed: { from: 'running', to: 'completed' },
    failed: { from: 'running', to: 'failed' },
  });
  expect(Object.keys(jobMachine.states)).toEqual(expect.arrayContaining(jobStatusSchema.options));
  expect(jobStatusSchema.options.filter(isFinal)).toEqual(['completed', 'failed', 'cancelled']);
  expect(isEnd('withdrawn')).toBe(false);
});

test('no other source than the chart has the states of a job: without one of its arrows no journal can be written', async () => {
  const { cancelled: _, ...states } = jobMachine.config.states ?? {};
  const { 'job.cancel': __, ...on } = (states['queued']?.on ?? {}) as Record<string, unknown>;
  const without = createMachine({ ...jobMachine.config, states: { ...states, queued: { on } } } as never);
  vi.resetModules();
  vi.doMock('../../src/machines/job/job.ts', () => ({ jobMachine: without }));
  const journal = import('../../src/journal/journal.ts');
  await expect(journal).rejects.toThrow('the chart of jobs has 0 arrows for job.cancel');
});
