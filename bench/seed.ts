import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { openJournal } from '../src/journal/database.ts';
import { createWrite } from '../src/journal/write.ts';
import { jobSteps } from '../src/machines/job/jobSteps.ts';
import { newJob } from '../test/support/jobs/newJob.ts';
import { body } from './body.ts';

/** Jobs a transaction: each is held in memory until it is written. */
const BATCH = 20_000;
/** Ids that are noted at most: a load asks for one of them at random, and again, as who waits for a job does. */
const MOST_IDS = 20_000;

/**
 * Writes a journal with so many jobs that wait, by the code that the server's own thread writes with.
 * @param ids a file that gets the ids of some of them, spread over the queue.
 */
export function seedJournal(dataDir: string, jobs: number, ids?: string): void {
  mkdirSync(dataDir, { mode: 0o700, recursive: true });
  const database = openJournal(dataDir);
  const write = createWrite(database, jobSteps);
  const every = Math.ceil(jobs / MOST_IDS);
  const noted: string[] = [];
  const { model_args, ...fields } = body;
  for (let first = 0; first < jobs; first += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, jobs - first) }, (_, index) => {
      const jobId = randomUUID();
      if ((first + index) % every === 0) noted.push(jobId);
      const job = newJob(jobId, { ...fields, model_args }, { createdAt: Date.now() });
      return { type: 'submitted' as const, jobId, at: job.createdAt, job, secrets: null };
    });
    write(batch);
  }
  database.close();
  if (ids !== undefined) writeFileSync(ids, `${noted.join('\n')}\n`);
}
