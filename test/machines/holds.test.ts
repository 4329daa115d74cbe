import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Hold, Holds } from '../../src/machines/scheduler/holds.ts';

const ids = ['a', 'b', 'c', 'd', 'e'];
const anId = fc.constantFrom(...ids);
/** Jobs that are waited for are not among those that wait. */
const ends = ['x', 'y', 'z'];
const anEnd = fc.constantFrom(...ends);
const checkpointOf = (jobId: string) => ({ file: `/ckpt/${jobId}/done`, until: null });

const command = fc.oneof(
  fc.record({
    add: anId,
    after: fc.uniqueArray(anEnd),
    isAfterAny: fc.boolean(),
    hasFile: fc.boolean(),
  }),
  fc.record({ drop: anId }),
  fc.record({ seen: fc.uniqueArray(anId) }),
  fc.record({ ended: anEnd, isCompleted: fc.boolean() }),
);

const held = ({ checkpoint, after }: Hold) => checkpoint !== null || after.length > 0;

describe('what holds jobs', () => {
  test('is what a plain list says, for any sequence of submissions, departures, checkpoints and ends', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
        let holds = Holds.none;
        let plain = new Map<string, Hold>();
        const doomed = new Map<string, string>();
        // A job ends once, and what is submitted later does not wait for it.
        const over = new Set<string>();
        for (const one of commands) {
          if ('add' in one) {
            if (plain.has(one.add)) continue;
            const checkpoint = one.hasFile ? checkpointOf(one.add) : null;
            const hold = { checkpoint, after: one.after.filter((id) => !over.has(id)), isAfterAny: one.isAfterAny };
            holds = holds.add(one.add, hold);
            plain.set(one.add, hold);
          } else if ('drop' in one) {
            holds = holds.drop(one.drop);
            plain.delete(one.drop);
            doomed.delete(one.drop);
          } else if ('seen' in one) {
            holds = holds.seen(one.seen);
            for (const [id, hold] of plain) if (one.seen.includes(id)) plain.set(id, { ...hold, checkpoint: null });
          } else if (!over.has(one.ended)) {
            over.add(one.ended);
            holds = holds.ended(one.ended, one.isCompleted);
            for (const [id, hold] of plain) {
              if (!hold.after.includes(one.ended)) continue;
              if (one.isCompleted || hold.isAfterAny)
                plain.set(id, { ...hold, after: hold.after.filter((other) => other !== one.ended) });
              else if (!doomed.has(id)) doomed.set(id, one.ended);
            }
          }
          plain = new Map([...plain].filter(([, hold]) => held(hold)));

          for (const id of ids) expect(holds.of(id)).toEqual(plain.get(id));
          const awaited = [...plain].flatMap(([jobId, { checkpoint }]) => (checkpoint ? [{ jobId, checkpoint }] : []));
          expect(holds.checkpoints).toBe(awaited.length);
          expect(holds.checkpointsFrom(0, 10)).toEqual(awaited.sort((a, b) => (a.jobId < b.jobId ? -1 : 1)));
          const busy: string[] = [];
          for (let found = next(holds, busy); found !== undefined; found = next(holds, busy)) busy.push(found.jobId);
          expect(busy.toSorted()).toEqual([...doomed.keys()].toSorted());
        }
      }),
    );
  });

  test('looks for all checkpoints in turn, however many are looked for at a time', () => {
    const holds = ids.reduce(
      (all, id) => all.add(id, { checkpoint: checkpointOf(id), after: [], isAfterAny: false }),
      Holds.none,
    );
    const looks = [0, 2, 4].map((from) => holds.checkpointsFrom(from, 2).map(({ jobId }) => jobId));
    expect(looks).toEqual([
      ['a', 'b'],
      ['c', 'd'],
      ['e', 'a'],
    ]);
  });

  test('says for which job one is doomed: the first that did not complete, whatever came of the others before it was cancelled', () => {
    const holds = Holds.none
      .add('a', { checkpoint: checkpointOf('a'), after: ['x', 'y', 'z'], isAfterAny: false })
      .ended('x', false)
      .ended('y', true)
      .ended('z', false)
      .seen(['a']);
    expect(next(holds, [])).toEqual({ jobId: 'a', after: 'x' });
    expect(holds.of('a')).toBeDefined();
    expect(next(holds, ['a'])).toBeUndefined();
    expect(next(holds.drop('a'), [])).toBeUndefined();
  });

  test('is changed in moderate time when 20,000 jobs wait for the same one', () => {
    const many = Array.from({ length: 20_000 }, (_, index) => `job-${index}`);
    const waiting = many.reduce(
      (all, id) => all.add(id, { checkpoint: null, after: ['x'], isAfterAny: false }),
      Holds.none,
    );
    expect(waiting.dependentsOf('x')).toHaveLength(many.length);
    expect(waiting.ended('x', true).dependentsOf('x')).toEqual([]);
    const doomed = waiting.ended('x', false);
    // As many as are cancelled at a time.
    const busy = new Set<string>();
    for (let found = next(doomed, busy); found !== undefined; found = next(doomed, busy)) busy.add(found.jobId);
    expect(busy.size).toBe(100);
    expect(many.reduce((all, id) => all.drop(id), doomed)).toEqual(Holds.none);
  });
});

function next(holds: Holds, busy: readonly string[] | ReadonlySet<string>) {
  const all = new Set(busy);
  return holds.doomed((jobId) => all.has(jobId));
}
