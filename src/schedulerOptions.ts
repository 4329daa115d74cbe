import type { Config } from './config/options.ts';
import { readSlots } from './config/slots.ts';
import { daysToAge } from './journal/history.ts';
import type { JobSchedulerOptions } from './machines/jobSchedulerOptions.ts';

/** The settings of the scheduler, as the operator has set them. */
export const schedulerOptions = (config: Config): JobSchedulerOptions => ({
  ...readSlots(config),
  maxQueue: config['max-queue'],
  maxQueueBytes: config['max-queue-bytes'],
  maxQueueBytesPerClient: config['max-queue-bytes-per-client'],
  maxCompletedJobs: config['max-completed-jobs'],
  tempDirPrefix: config['temp-dir-prefix'],
  grace: config.grace * 1_000,
  timeout: config.timeout || null,
  stallTimeout: config['stall-timeout'] || null,
  linger: config.linger || null,
  webhook: config.webhook,
  history: { jobs: config.history, age: daysToAge(config['history-days']) },
});
