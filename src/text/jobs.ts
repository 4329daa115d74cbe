/** What jobs are called and what is said of them, as text: the same at a terminal and on the page. */
import type { JobInfo } from '../schemas/job/job.ts';
import { shownMemory } from '../schemas/values/memory.ts';

/** Characters of an id that are shown: as many as tell a few thousand jobs apart. */
export const SHORT_ID = 8;

/** The beginning of an id, as it is shown. */
export const shortId = (id: string): string => id.slice(0, SHORT_ID);

/** The checkpoint that is evaluated, as the request has it; null where it names none. */
export function checkpointPath({ model_args: args }: JobInfo['request']): string | null {
  const path = args?.['pretrained'];
  return typeof path === 'string' ? path : null;
}

/** The same, short: the last two parts of its path. */
export function checkpointName(request: JobInfo['request']): string | null {
  return checkpointPath(request)?.split('/').filter(Boolean).slice(-2).join('/') ?? null;
}

/** Labels, each as a text: `run=r7`, `step=12000`. */
export const labelTexts = (labels: JobInfo['labels']): string[] =>
  Object.entries(labels).map(([name, value]) => `${name}=${value}`);

/** Why a job failed or was cancelled, in one line: without what every failure begins with, and without its log; empty where nothing says why. */
export function causeOf({ error, failure_kind: kind }: Pick<JobInfo, 'error' | 'failure_kind'>): string {
  const lines = (error ?? '').split('\n').map((line) => line.trim());
  const first = (lines[0] ?? '').split('Last lines of ', 1)[0]?.trim() ?? '';
  // `exited` alone says nothing where no cause is known: the last line of the log then says more.
  const isBare = /^Evaluation failed with return code -?\d+\.?$/.test(first);
  const cause = isBare ? `${first} ${lines.findLast((line) => line !== '') ?? ''}` : first;
  return cause.trim() === '' ? (kind ?? '') : cause.trim();
}

/** How a run waits in its engine that has no node yet, in the words of that: `PENDING (Resources) in slurm`; null: it has begun, or is not there. */
export function engineWait({ status, backend }: Pick<JobInfo, 'status' | 'backend'>): string | null {
  if (status !== 'running' || backend === null || backend.node !== null || backend.state === null) return null;
  return `${backend.state} in ${backend.name}`;
}

/** So many CPUs, or so much memory. */
export const amountOf = (what: 'cpus' | 'memory', amount: number): string =>
  what === 'memory' ? shownMemory(amount) : amount === 1 ? '1 CPU' : `${amount} CPUs`;

/** Why a job waits, behind its name: `is next, …`, `waits for …`; null when it does not wait. */
export function waitText(waiting: JobInfo['waiting_for']): string | null {
  if (waiting === null) return null;
  switch (waiting.kind) {
    case 'jobs':
      return waiting.ahead === 1 ? 'has 1 job ahead' : `has ${waiting.ahead.toLocaleString('en-US')} jobs ahead`;
    case 'slot':
      return 'is next, as soon as a run ends';
    case 'engine':
      return `is next, when the engine has begun one of the ${waiting.pending} that wait there`;
    case 'devices':
      return `is next, when ${waiting.needed === 1 ? '1 device is' : `${waiting.needed} devices are`} free (${waiting.free} now)`;
    case 'capacity':
      return `is next, when ${amountOf(waiting.what, waiting.needed)} ${waiting.needed === 1 ? 'is' : 'are'} free (${amountOf(waiting.what, waiting.free)} now)`;
    case 'folder':
      return `waits for its folder, which job ${shortId(waiting.job_id)} writes to`;
    case 'checkpoint':
      return `waits for its checkpoint: ${waiting.file}`;
    case 'after':
      return waiting.job_ids.length === 1
        ? `waits for job ${shortId(waiting.job_ids[0] ?? '')}`
        : `waits for ${waiting.job_ids.length} jobs that come before it`;
    case 'pause':
      return 'waits while the queue is paused';
    case 'journal':
      return 'waits until its start is on disk';
    case 'shutdown':
      return 'waits for the next start of the server';
    case 'blocked':
      return `waits while nothing can be started: ${waiting.reason}`;
  }
}
