import { expect, test } from 'vitest';
import { controlledJournal } from '../support/jobs/controlledJournal.ts';
import { scheduling } from '../support/jobs/scheduling.ts';
import { request } from '../support/requests/request.ts';
import { until } from '../support/waiting/until.ts';

/** A journal that has written and does not say so yet, while it is held. */
function lateJournal() {
  const controlled = controlledJournal();
  let held: PromiseWithResolvers<void> | null = null;
  const append: typeof controlled.journal.append = async (transitions) => {
    await controlled.journal.append(transitions);
    await held?.promise;
  };
  return {
    ...controlled,
    journal: { ...controlled.journal, append },
    hold: () => {
      held = Promise.withResolvers();
    },
    release: () => {
      held?.resolve();
      held = null;
    },
  };
}

test('a list that is read between the commit of a change and its effect shows what is on disk', async () => {
  const journal = lateJournal();
  const { scheduler, control } = await scheduling({}, { journal });
  const page = { filter: {}, order: 'oldest', cursor: null, limit: 10 } as const;
  const shown = () => scheduler.listJobs(page).jobs.map(({ status, position_in_queue }) => [status, position_in_queue]);

  journal.hold();
  const adding = scheduler.addJob(request());
  await until(() => journal.commits.length === 1);
  expect(shown()).toEqual([['queued', null]]);
  journal.release();
  await adding;
  journal.hold();
  await until(() => journal.commits.length > 1);
  expect(shown()).toEqual([['running', null]]);
  journal.release();
  await until(() => control.launched.length === 1);
});
