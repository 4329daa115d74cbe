import type { InspectionEvent, Observer } from 'xstate';
import type { Config } from '../config/options.ts';
import { readSlots } from '../config/slots.ts';
import { createJobEnds, type JobEnds } from '../http/jobEnds.ts';
import type { Log } from '../logging/log.ts';
import type { Transition } from '../machines/ports/journal.ts';
import { resolveFolder } from '../runner/folders/resolveFolder.ts';
import { createImports } from '../scheduler/importRuns.ts';
import { JobScheduler } from '../scheduler/jobScheduler.ts';
import type { JobSchedulerOptions } from '../scheduler/jobSchedulerOptions.ts';
import { daysToAge } from '../scheduler/retention.ts';
import { version } from '../version.ts';
import { noteActivity } from '../watchdog/activity.ts';
import { withTimers } from '../webhooks/deliveryPort.ts';
import { createWebhookSender, type WebhookSender } from '../webhooks/sender.ts';
import type { Runner } from './openRunner.ts';
import { type Stores, targetsOf } from './openStores.ts';
import { transitionLine } from './transitionLine.ts';

/** The queue, and what learns when its jobs change. Nothing is started yet. */
export type Queue = {
  scheduler: JobScheduler;
  webhooks: WebhookSender;
  jobEnds: JobEnds;
  importRuns: ReturnType<typeof createImports>;
};

export type QueueParts = {
  config: Config;
  log: Log;
  stores: Stores;
  runner: Runner;
  /** Takes what the actors do. */
  inspect: Observer<InspectionEvent> | undefined;
  onTransition: (transition: Transition) => void;
  /** Takes why the server can do nothing more. */
  onFatal: (reason: string) => void;
  /** Aborted when the server ends. */
  closing: AbortSignal;
};

/** Reads back what an earlier server left in the journal. */
export function openScheduler(parts: QueueParts): Queue {
  const { config, log, runner, onTransition, onFatal } = parts;
  const { journal, clock, secret } = parts.stores;
  const inspecting = parts.inspect && { inspect: parts.inspect };
  const jobEnds = createJobEnds(parts.closing);
  const webhooks = createWebhookSender({
    secret: secret.text,
    version,
    journal,
    getJob: (jobId) => scheduler.getJob(jobId),
    targets: targetsOf(config),
    log,
    clock: withTimers(clock),
    random: Math.random,
    ...inspecting,
  });
  const scheduler = new JobScheduler(
    {
      runs: runner.runs,
      blockedBy: runner.blockedBy,
      journal,
      ...clock,
      ...inspecting,
      onTransition: (transition) => {
        noteActivity(`job ${transition.jobId} ${transition.type}`);
        log.info(transitionLine(transition));
        onTransition(transition);
        jobEnds.notify(transition);
        // Not at the commit: what is posted is the job as it is shown, and that changes after it.
        if ('notify' in transition) webhooks.wake();
      },
      onProblem: (message) => log.error(message),
      admit: runner.admission.evaluation,
      onFatal,
    },
    schedulerOptions(config),
  );
  const importRuns = createImports({
    resolveFolder,
    ...{ admit: runner.admission.imports, reader: runner.imports, forms: runner.runSecrets.always()?.forms ?? null },
    ...{ journal, runs: runner.runs, scheduler, now: clock.now, prefix: config['temp-dir-prefix'] },
  });
  return { scheduler, webhooks, jobEnds, importRuns };
}

/** The settings of the scheduler, as the operator has set them. */
const schedulerOptions = (config: Config): JobSchedulerOptions => ({
  ...readSlots(config),
  // An engine knows its own.
  capacity: config.backend === 'local' ? { cpus: config.cpus, memory: config.memory } : null,
  isFair: config['fair-share'] ?? config.tokens !== null,
  backfillDepth: config.backfill ? config['backfill-depth'] : 0,
  maxQueue: config['max-queue'],
  maxQueueBytes: config['max-queue-bytes'],
  maxQueueBytesPerClient: config['max-queue-bytes-per-client'],
  maxCompletedJobs: config['max-completed-jobs'],
  tempDirPrefix: config['temp-dir-prefix'],
  grace: config.grace * 1_000,
  timeout: config.timeout || null,
  retry: config.retry,
  stallTimeout: config['stall-timeout'] || null,
  linger: config.linger || null,
  webhook: config.webhook,
  history: {
    jobs: config.history,
    age: daysToAge(config['history-days']),
    scores: config['scores-days'] === 0 ? null : daysToAge(config['scores-days']),
  },
});
