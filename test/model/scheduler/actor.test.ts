import { describe, expect, test } from 'vitest';
import { follow } from '../follow.ts';
import { actorSubject } from './actorSubject.ts';
import { expectSoundBooks } from './books.ts';
import { forbiddenIn } from './forbidden.ts';
import { explore, modelOf } from './paths.ts';
import { give } from './system.ts';
import { worlds } from './worlds.ts';

describe.for(worlds)('the scheduler chart with $name', (world) => {
  const { states, paths } = explore(world);
  const size = `${states.length} states, ${paths.length} paths`;

  test(`does as an actor what it does as a function, on all shortest paths (${size}); the forbidden changes nothing`, async () => {
    const model = modelOf(world);
    for (const moves of paths) {
      const { subject, actor, force } = actorSubject(world);
      const state = await follow(moves, model, subject);
      const before = actor.getSnapshot();
      expectSoundBooks(world, state, JSON.stringify(moves));
      for (const given of forbiddenIn(world, before)) {
        if (given.type === 'time.passes') continue;
        const appended = force(given);
        expect(appended, given.type).toEqual([]);
        // The very same snapshot: nothing was assigned.
        expect(actor.getSnapshot() === before, `${given.type} after ${JSON.stringify(moves)}`).toBe(true);
      }
      actor.stop();
    }
  });

  test(`does nothing on a forbidden event, in every state (${states.length})`, () => {
    for (const { scheduler } of states) {
      for (const given of forbiddenIn(world, scheduler)) {
        const [next, actions] = give(scheduler, given);
        expect(next === scheduler && actions.length === 0, `${given.type} in ${JSON.stringify(scheduler.value)}`).toBe(
          true,
        );
      }
    }
  });

  test('refuses in every state to stop what does not run, and changes nothing by it', () => {
    for (const { scheduler } of states) {
      const { running, queue, inFlight } = scheduler.context;
      for (const jobId of [...world.jobs, 'nobody'].filter((id) => !running.includes(id) && !inFlight.has(id))) {
        const answers: unknown[] = [];
        const [next, actions] = give(scheduler, {
          type: 'job.stop',
          jobId,
          who: null,
          reply: (answer) => answers.push(answer),
        });
        for (const { exec, info, params } of actions) exec?.(info, params);
        expect(next.context === scheduler.context && next.value === scheduler.value).toBe(true);
        const code = { code: queue.has(jobId) ? 'jobQueued' : expect.any(String) };
        expect(answers).toEqual([expect.objectContaining({ accepted: false, ...code })]);
      }
    }
  });

  test('refuses in every state in which intake is closed, and changes nothing by it', () => {
    const closed = states.filter(({ scheduler }) => scheduler.matches({ intake: 'closed' }));
    for (const { scheduler } of closed) {
      for (const jobId of world.jobs) {
        const answers: unknown[] = [];
        const reply = (answer: unknown) => answers.push(answer);
        const [next, actions] = give(scheduler, { type: 'job.cancel', jobId, who: null, reply });
        for (const { exec, info, params } of actions) exec?.(info, params);
        expect(next.context === scheduler.context && next.value === scheduler.value).toBe(true);
        expect(answers).toEqual([expect.objectContaining({ accepted: false, code: 'intakeClosed' })]);
      }
    }
  });
});
