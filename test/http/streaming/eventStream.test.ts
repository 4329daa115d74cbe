import { expect, test } from 'vitest';
import { eventStream } from '../../../src/http/streaming/eventStream.ts';
import type { Transition } from '../../../src/machines/ports/journal.ts';
import { controlledJournal } from '../../support/jobs/controlledJournal.ts';
import { newJob } from '../../support/jobs/newJob.ts';

const submitted = (jobId: string, model = 'm'): Transition => ({
  type: 'submitted',
  jobId,
  at: 1,
  job: newJob(jobId, { model }),
});
const ended = (jobId: string): Transition[] => [
  { type: 'started', jobId, at: 2 },
  { type: 'failed', jobId, at: 3, outcome: { status: 'failed', kind: 'lost', reason: 'r' }, notify: [] },
];

test('a stream of events takes a page at a time from the journal, however large the events are', async () => {
  const { journal } = controlledJournal();
  for (let n = 0; n < 20; n++) await journal.append([submitted(`j${n}`, 'x'.repeat(500_000))]);
  const feed = eventStream(journal, { after: 0 });
  const ids: (number | undefined)[] = [];
  for (let page = feed.pull(); page !== null && page.length > 0; page = feed.pull()) {
    expect(page.reduce((length, { data = '' }) => length + data.length, 0)).toBeLessThan(600_000);
    ids.push(...page.filter(({ data }) => data !== undefined).map(({ id }) => id));
  }
  expect(ids).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
});

test('a slow reader is sent which events were deleted before it came to them', async () => {
  const { journal } = controlledJournal();
  await journal.append([submitted('a'), ...ended('a'), submitted('b')]);
  const feed = eventStream(journal, { after: 1 });
  await journal.forget(['a']);
  expect(feed.pull()?.map(({ event, id }) => [event, id])).toEqual([
    [undefined, 1],
    ['gap', 3],
    ['submitted', 4],
  ]);
});

test('one that is not followed ends with the last event there is, and says so', async () => {
  const { journal } = controlledJournal();
  await journal.append([submitted('a'), submitted('b')]);
  const feed = eventStream(journal, { after: 1, isFollowed: false });
  expect(feed.pull()?.map(({ event, id }) => [event, id])).toEqual([
    [undefined, 1],
    ['submitted', 2],
    ['end', undefined],
  ]);
  expect(feed.pull()).toBeNull();
  const none = eventStream(journal, { after: 2, isFollowed: false });
  expect(none.pull()?.map(({ event }) => event)).toEqual([undefined, 'end']);
  expect(none.pull()).toBeNull();
});
