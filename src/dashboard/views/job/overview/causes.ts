import type { FailureKind, JobInfo } from '../../../../client/index.ts';

/** What a kind of failure means, and what may be done about it. */
export type Cause = {
  title: string;
  advice: string;
  /** The field of the request that would be another one; null: none is known. */
  field: string | null;
};

const causes: { [kind in FailureKind]: (job: JobInfo) => Cause } = {
  exited: () => ({
    title: 'The program ended with an error',
    advice: 'The first error in the log is often the cause; what follows it is what came of it.',
    field: null,
  }),
  signalled: () => ({
    title: 'A signal ended the program',
    advice:
      'It crashed, or it was killed: by a person, or for lack of memory where no one says so. Then it needs a smaller batch_size, or a machine with more.',
    field: 'batch_size',
  }),
  launch: () => ({
    title: 'It could not be started',
    advice: 'The reason is one of this request: correct what it names, and submit it again.',
    field: null,
  }),
  harness: () => ({
    title: 'The harness reports a failure',
    advice: 'The first error in the log is often the cause; what follows it is what came of it.',
    field: null,
  }),
  noResults: () => ({
    title: 'It ended, and left no results of its own',
    advice: 'The program ended as if all were well. Its log says what it did instead of evaluating.',
    field: null,
  }),
  incompleteResults: () => ({
    title: 'Results are missing, or not all that they claim to be',
    advice: 'What was measured is kept. Retry missing runs only the tasks without results.',
    field: null,
  }),
  failedAnswers: () => ({
    title: 'Too many answers failed or are empty',
    advice:
      'Their scores would not be of the model. The Samples tab has those answers. How many may fail is set by the operator: --max-failed-answers and --max-empty-answers.',
    field: null,
  }),
  timedOut: ({ timeout }) => ({
    title: 'It ran longer than it may',
    advice:
      timeout === null
        ? 'The limit is that of the server (--timeout). Submit it again with a timeout of its own, or a smaller limit of samples.'
        : `Its timeout was ${timeout} s. Submit it again with a longer timeout, or a smaller limit of samples.`,
    field: 'timeout',
  }),
  stalled: ({ stall_timeout: stall }) => ({
    title: 'It showed no progress for too long',
    advice:
      stall === null
        ? 'The limit is that of the server (--stall-timeout). The end of the log shows where it stood still. If it only was slow, submit it again with a longer stall_timeout.'
        : `Its stall_timeout was ${stall} s. The end of the log shows where it stood still. If it only was slow, submit it again with a longer one.`,
    field: 'stall_timeout',
  }),
  stopped: ({ stop_requested: request }) => ({
    title: request === null ? 'It was cancelled in its engine' : 'It was stopped on request',
    advice: 'What it had measured until then is kept.',
    field: null,
  }),
  interrupted: () => ({
    title: 'The server was shut down while it ran',
    advice: 'Nothing is wrong with the request: retry it.',
    field: null,
  }),
  lost: () => ({
    title: 'Its run was lost',
    advice:
      'Nothing is left that says how it ended. It was not run again, for it may have written something: retry it.',
    field: null,
  }),
  preempted: () => ({
    title: 'It had to make room',
    advice: 'Another job needed its place, or its engine took it back. Nothing is wrong with the request: retry it.',
    field: null,
  }),
  nodeFailed: () => ({
    title: 'Its machine failed',
    advice: 'Nothing is wrong with the request: retry it.',
    field: null,
  }),
  outOfMemory: () => ({
    title: 'It took more memory than there was',
    advice: 'Use a smaller batch_size, ask for more memory where its engine lets it, or give it a machine with more.',
    field: 'batch_size',
  }),
};

/** Why a job failed, in plain terms; null when it did not. */
export function causeOfFailure(job: JobInfo): Cause | null {
  if (job.failure_kind === null) return null;
  const cause = causes[job.failure_kind](job);
  if (!/out of memory/i.test(job.error ?? '')) return cause;
  return {
    title: cause.title,
    advice: 'It ran out of memory: use a smaller batch_size, or more devices (num_gpus).',
    field: 'batch_size',
  };
}

/** What the text of a failure says, and the last lines of the log that it repeats; null: it repeats none. */
export function partsOf(error: string): { text: string; tail: string | null } {
  const at = error.indexOf('Last lines of ');
  const feed = at === -1 ? -1 : error.indexOf('\n', at);
  if (feed === -1) return { text: error, tail: null };
  return { text: error.slice(0, at).trim(), tail: error.slice(feed + 1) };
}
