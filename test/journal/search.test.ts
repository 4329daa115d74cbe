import { expect, test } from 'vitest';
import type { Transition } from '../../src/machines/ports/journal.ts';
import { jobInfo } from '../../src/projections/job.ts';
import type { FailedOutcome } from '../../src/schemas/job/outcome.ts';
import { noOptions } from '../../src/schemas/submission/jobOptions.ts';
import { controlledJournal } from '../support/jobs/controlledJournal.ts';
import { newJob } from '../support/jobs/newJob.ts';

const text = 'Ein "Zitat", C:\\x\\y=[1,{a:b}] 100%_\tGröße\nnext/line -9';
const log = { status: 'failed' as const, log: '/data/l.log', tail: ['boom', text], cause: text };

/** A failure of each kind, with all that it may say, and with as little. */
const outcomes: FailedOutcome[] = [
  { ...log, kind: 'exited', code: 137, reason: text },
  { ...log, kind: 'exited', code: -11, log: '', tail: [] },
  { ...log, kind: 'signalled', signal: 'SIGKILL' },
  { ...log, kind: 'signalled', signal: 'SIGWEIRD' },
  { ...log, kind: 'launch', reason: text },
  { ...log, kind: 'harness', reason: text },
  { ...log, kind: 'noResults' },
  { ...log, kind: 'incompleteResults', missing: ['t1', 't2'] },
  { ...log, kind: 'incompleteResults', missing: [], faults: [text, '2 of 3'] },
  { ...log, kind: 'failedAnswers', missing: [], faults: [text], first: text },
  { ...log, kind: 'timedOut', seconds: 0.5 },
  { ...log, kind: 'stalled', seconds: 1_800 },
  { ...log, kind: 'stopped', who: 'carol' },
  { ...log, kind: 'interrupted' },
  { ...log, kind: 'lost', reason: 'gone' },
];

const model_args = { path: '/ckpt/a-b_c.d', on: true, off: null, n: 1.5, list: [1, { x: text }], said: text };
const options = { ...noOptions, labels: { run: 'R7', 'a/b.c-d': 12_000, said: 'Ein Wort' } };

/** What stands between blanks, whole and in pieces. */
const piecesOf = (shown: string): string[] =>
  shown
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
    .flatMap((word) => [word, word.slice(1, -1), word.slice(-4), word.slice(0, 3)].filter((piece) => piece !== ''));

test.each([null, ...outcomes])('every piece of what is shown of a job is found: %o', async (outcome) => {
  const { journal } = controlledJournal();
  const job = newJob(
    '0f9c',
    { model: 'Org/Model-7B', tasks: ['mmmu_val'], model_args },
    { options, submittedBy: 'alice' },
  );
  const ended: Transition[] =
    outcome === null
      ? []
      : [
          { type: 'started', jobId: '0f9c', at: 1 },
          { type: 'failed', jobId: '0f9c', at: 2, notify: [], outcome },
        ];
  await journal.append([{ type: 'submitted', jobId: '0f9c', at: 1, job }, ...ended]);
  const record = journal.find('0f9c');
  const { error } = record ? jobInfo(record) : { error: null };
  const args = ['path=/ckpt/a-b_c.d', 'on=True', 'n=1.5', `list=${JSON.stringify(model_args.list)}`, `said=${text}`];
  const labels = ['run:R7', 'a/b.c-d:12000', 'said:Ein Wort'];
  const pieces = ['0f9c', 'Org/Model-7B', 'mmmu_val', 'alice', ...args, ...labels, error ?? ''].flatMap(piecesOf);
  const lost = pieces.filter((piece) => {
    const page = { filter: { texts: [piece] }, order: 'newest', cursor: null, limit: 1 } as const;
    return journal.list(page).jobs.length === 0;
  });
  expect(lost).toEqual([]);
});
