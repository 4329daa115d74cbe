import { onTestFinished } from 'vitest';
import { SimulatedClock } from 'xstate';
import type { Delivery } from '../../../src/machines/ports/journal.ts';
import { jobInfo } from '../../../src/projections/job.ts';
import type { Outcome } from '../../../src/schemas/job/outcome.ts';
import { noOptions } from '../../../src/schemas/submission/jobOptions.ts';
import { createWebhookSender, type WebhookSender } from '../../../src/webhooks/sender.ts';
import type { TargetRules } from '../../../src/webhooks/target.ts';
import { controlledJournal } from '../jobs/controlledJournal.ts';
import { completedOutcome } from '../runs/controlledRuns.ts';
import { eventually } from '../waiting/eventually.ts';
import { request } from './request.ts';

type Settings = { targets?: TargetRules; journal?: ReturnType<typeof controlledJournal>; clock?: SimulatedClock };

/** A sender with real sockets and a real journal, of which a test controls the time. Waits are not spread. */
export function sending({ targets = { allowPrivate: true, allowHosts: [] }, ...parts }: Settings = {}) {
  const { journal = controlledJournal(), clock = new SimulatedClock() } = parts;
  const log: string[] = [];
  let wrong = 0;
  const write = (line: string) => log.push(line);
  const getJob = (jobId: string) => {
    const record = journal.journal.find(jobId);
    return record && jobInfo(record);
  };
  const sender: WebhookSender = createWebhookSender({
    journal: journal.journal,
    getJob,
    secret: 'the secret',
    version: '1.2.3',
    targets,
    log: { info: write, warn: write, error: write },
    clock: {
      now: () => clock.now() + wrong,
      monotonic: () => clock.now(),
      setTimeout: (callback, milliseconds) => clock.setTimeout(callback, milliseconds),
      clearTimeout: (timer) => clock.clearTimeout(timer as number),
    },
    random: () => 0.5,
  });
  sender.start();
  onTestFinished(() => sender.close());
  let jobs = 0;
  const due = (): Delivery[] => journal.journal.dueDeliveries(Number.MAX_SAFE_INTEGER, 1_000);
  return {
    sender,
    journal,
    clock,
    log,
    getJob,
    /** Sets the wall clock wrong by so many milliseconds; no time passes. */
    setClock: (milliseconds: number) => {
      wrong = milliseconds;
    },
    /** What is not concluded yet. */
    due,
    /** A job that ends now and is to be posted to some URLs. @returns its id. */
    end: async (notify: string[], outcome: Outcome = completedOutcome): Promise<string> => {
      const at = clock.now();
      const moment = { at, monotonic: at };
      const jobId = `job-${at}-${++jobs}`;
      const own = {
        folderName: jobId,
        warnings: [],
        idempotency: null,
        options: noOptions,
        retryOf: null,
        submittedBy: null,
        imported: null,
      };
      await journal.journal.append([
        {
          type: 'submitted',
          jobId,
          ...moment,
          job: { jobId, createdAt: at, createdMonotonic: at, request: request(), ...own },
        },
        { type: 'started', jobId, ...moment },
        outcome.status === 'completed'
          ? { type: 'completed', jobId, ...moment, outcome, notify }
          : { type: 'failed', jobId, ...moment, outcome, notify },
      ]);
      sender.wake();
      return jobId;
    },
    /** Waits until a line of the log has a text. */
    logged: (text: string) => eventually(() => log.some((line) => line.includes(text))),
    /** Waits until so many attempts of the only delivery have failed. */
    attempts: (count: number) => eventually(() => due()[0]?.attempts === count),
    /** Lets the time pass until the next delivery is due. @returns how long that was, in milliseconds. */
    passWait: (): number => {
      const [next] = journal.journal.laterDeliveries(clock.now(), 1);
      if (next === undefined) throw new Error('nothing is due later');
      const wait = next.dueAt - clock.now();
      clock.increment(wait);
      return wait;
    },
  };
}
