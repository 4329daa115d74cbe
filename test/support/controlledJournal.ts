import type { Journal, Transition } from '../../src/journal/contract.ts';
import { type JobRecord, newRecord } from '../../src/schemas/jobRecord.ts';

/** A journal in memory whose commits a test can hold, and which a test can break and mend. */
export function controlledJournal() {
  const commits: Transition[][] = [];
  const jobs = new Map<string, JobRecord>();
  let broken: string | null = null;
  let held: PromiseWithResolvers<void> | null = null;
  const ended = () => [...jobs.values()].filter(({ endedAt }) => endedAt !== null);

  const journal: Journal = {
    append: async (transitions) => {
      await held?.promise;
      if (broken !== null) throw new Error(broken);
      commits.push([...transitions]);
      for (const transition of transitions) {
        const job = after(jobs.get(transition.jobId), transition);
        // Jobs that have ended are kept in the order in which they did.
        if (job.endedAt !== null) jobs.delete(job.jobId);
        jobs.set(job.jobId, job);
      }
    },
    probe: async () => {
      if (broken !== null) throw new Error(broken);
    },
    restore: (finished) =>
      [
        ...ended().slice(-finished || ended().length),
        ...[...jobs.values()].filter(({ endedAt }) => endedAt === null),
      ].map((record) => ({ jobId: record.jobId, status: record.status, read: () => record })),
    find: (jobId) => jobs.get(jobId),
    findByKey: (key) => {
      const job = [...jobs.values()].find(({ idempotency }) => idempotency?.key === key);
      return job?.idempotency ? { jobId: job.jobId, requestHash: job.idempotency.requestHash } : undefined;
    },
    expired: (keep, before) =>
      ended().filter(({ endedAt }, index, all) => (endedAt ?? 0) < before || index < all.length - keep),
    forget: async (jobIds) => {
      for (const jobId of jobIds) jobs.delete(jobId);
    },
    close: async () => {},
  };
  return {
    journal,
    /** What each commit held, in order. */
    commits,
    break: (reason: string) => {
      broken = reason;
    },
    mend: () => {
      broken = null;
    },
    hold: () => {
      held = Promise.withResolvers();
    },
    release: () => {
      held?.resolve();
      held = null;
    },
  };
}

function after(job: JobRecord | undefined, transition: Transition): JobRecord {
  if (transition.type === 'submitted') {
    return newRecord(transition.job);
  }
  if (job === undefined) throw new Error(`job ${transition.jobId} was never submitted`);
  switch (transition.type) {
    case 'started':
      return { ...job, status: 'running', startedAt: transition.at };
    case 'launched':
      return { ...job, run: transition.run };
    case 'cancelled':
      return { ...job, status: 'cancelled', endedAt: transition.at };
    case 'completed':
    case 'failed':
      return { ...job, status: transition.type, endedAt: transition.at, outcome: transition.outcome };
  }
}
