import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { openJournal } from '../../../src/journal/database.ts';
import { createWrite } from '../../../src/journal/write.ts';
import { jobSteps } from '../../../src/machines/job/jobSteps.ts';
import type { Transition } from '../../../src/machines/ports/journal.ts';
import { noOptions } from '../../../src/schemas/submission/jobOptions.ts';
import { newJob } from './newJob.ts';

/** Writes so many jobs, of which every third has failed. @returns the id of one that is like no other. */
export function seedJobs(dataDir: string, jobs: number): string {
  mkdirSync(dataDir, { mode: 0o700, recursive: true });
  const database = openJournal(dataDir);
  const write = createWrite(database, jobSteps);
  const needle = randomUUID();
  const tail = Array.from(
    { length: 10 },
    (_, line) => `  File "/opt/lmms_eval/models/some.py", line ${line}, in forward`,
  );
  const oneOf = (n: number): Transition[] => {
    const isNeedle = n === 1_002;
    const jobId = isNeedle ? needle : randomUUID();
    const labels = { run: isNeedle ? 'needle' : `r${n % 300}`, step: n };
    const model_args = { pretrained: `/ckpt/run-${n % 300}/step-${n}`, dtype: 'bfloat16' };
    const job = newJob(
      jobId,
      { model: `model_${n % 50}`, tasks: ['mmmu_val', 'mme'], model_args },
      { createdAt: n, options: { ...noOptions, labels }, submittedBy: n % 2 === 0 ? 'alice' : null },
    );
    const submitted: Transition = { type: 'submitted', jobId, at: n, job };
    if (n % 3 !== 0) return [submitted];
    const outcome = {
      status: 'failed',
      kind: 'exited',
      code: 1,
      log: '/l',
      tail,
      cause: 'CUDA out of memory',
    } as const;
    return [
      submitted,
      { type: 'started', jobId, at: n },
      { type: 'failed', jobId, at: n, notify: [], outcome: { ...outcome, tail } },
    ];
  };
  for (let first = 0; first < jobs; first += 10_000) {
    const batch = Array.from({ length: 10_000 }, (_, index) => oneOf(first + index)).flat();
    write(batch.map((transition) => (transition.type === 'submitted' ? { ...transition, secrets: null } : transition)));
  }
  database.close();
  return needle;
}
