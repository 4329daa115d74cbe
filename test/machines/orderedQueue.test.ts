import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OrderedQueue } from '../../src/machines/scheduler/orderedQueue.ts';
import { seeded } from '../support/seeded.ts';

describe('the ordered queue', () => {
  test('the ordered queue keeps the order of a plain array through 10,000 submissions and random cancels', () => {
    const random = seeded(20261124);
    let queue = OrderedQueue.empty;
    const plain: string[] = [];
    for (let n = 0; n < 10_000; n++) {
      const id = `job-${Math.floor(random() * 1e9)}-${n}`;
      queue = queue.add(id);
      plain.push(id);
      if (random() < 0.4) {
        const [victim] = plain.splice(Math.floor(random() * plain.length), 1);
        queue = queue.remove(String(victim));
        expect(queue.position(String(victim))).toBeNull();
      }
      const probe = Math.floor(random() * plain.length);
      expect(queue.position(String(plain[probe]))).toBe(probe);
      expect(queue.next(probe)).toBe(plain[probe]);
    }
    expect([...queue.ids]).toEqual(plain);
    expect(plain.map((id) => queue.position(id))).toEqual(plain.map((_, position) => position));
  });

  test('the ordered queue puts higher priorities first and keeps arrival order within one, for any sequence of changes', () => {
    // Few priorities, so that jobs share one, and the furthest that a request may have.
    const priority = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(-100, 100));
    const command = fc.oneof(
      fc.record({ add: priority }),
      fc.record({ removeAt: fc.nat({ max: 40 }) }),
      fc.record({ changeAt: fc.nat({ max: 40 }), to: priority }),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 120 }), (commands) => {
        let queue = OrderedQueue.empty;
        let plain: { id: string; priority: number; sequence: number }[] = [];
        commands.forEach((command, sequence) => {
          if ('add' in command) {
            queue = queue.add(`j${sequence}`, command.add);
            plain.push({ id: `j${sequence}`, priority: command.add, sequence });
            plain.sort((a, b) => b.priority - a.priority || a.sequence - b.sequence);
          } else if ('changeAt' in command) {
            const changed = plain[command.changeAt];
            queue = queue.reprioritise(changed?.id ?? 'nobody', command.to);
            if (changed !== undefined) changed.priority = command.to;
            plain.sort((a, b) => b.priority - a.priority || a.sequence - b.sequence);
          } else {
            const victim = plain[command.removeAt]?.id ?? 'nobody';
            queue = queue.remove(victim);
            plain = plain.filter(({ id }) => id !== victim);
          }
        });
        const restored = OrderedQueue.of(plain.map(({ id, ...place }) => ({ jobId: id, ...place })));
        for (const same of [queue, restored.add('last', -101).remove('last')])
          expect([...same.ids]).toEqual(plain.map(({ id }) => id));
        expect(plain.map(({ id }) => restored.position(id))).toEqual(plain.map((_, position) => position));
        expect(queue.size).toBe(plain.length);
      }),
    );
  });

  test('the ordered queue passes over those that are to be passed over, which keep their positions, for any sequence of changes', () => {
    const at = fc.nat({ max: 20 });
    const command = fc.oneof(
      fc.record({ add: fc.integer({ min: -1, max: 1 }) }),
      fc.record({ removeAt: at }),
      fc.record({ changeAt: at, to: fc.integer({ min: -1, max: 1 }) }),
      fc.record({ passAt: at }),
      fc.record({ admitAt: at }),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 100 }), (commands) => {
        let queue = OrderedQueue.empty;
        let plain: { id: string; priority: number; sequence: number; isPassed: boolean }[] = [];
        const idAt = (index: number) => plain[index]?.id ?? 'nobody';
        const set = (index: number, isPassed: boolean) => {
          const changed = plain[index];
          if (changed !== undefined) changed.isPassed = isPassed;
        };
        commands.forEach((command, sequence) => {
          if ('add' in command) {
            queue = queue.add(`j${sequence}`, command.add);
            plain.push({ id: `j${sequence}`, priority: command.add, sequence, isPassed: false });
          } else if ('removeAt' in command) {
            queue = queue.remove(idAt(command.removeAt));
            plain = plain.filter((_, index) => index !== command.removeAt);
          } else if ('changeAt' in command) {
            queue = queue.reprioritise(idAt(command.changeAt), command.to);
            const changed = plain[command.changeAt];
            if (changed !== undefined) changed.priority = command.to;
          } else if ('passAt' in command) {
            queue = queue.pass(idAt(command.passAt));
            set(command.passAt, true);
          } else {
            queue = queue.admit(idAt(command.admitAt));
            set(command.admitAt, false);
          }
          plain.sort((a, b) => b.priority - a.priority || a.sequence - b.sequence);
        });
        const free = plain.filter(({ isPassed }) => !isPassed);
        expect([...queue.ids]).toEqual(plain.map(({ id }) => id));
        for (const [position, { id, isPassed }] of plain.entries()) {
          const before = plain.slice(0, position).filter((one) => !one.isPassed).length;
          expect(queue.standing(id)).toEqual({ position, ahead: before });
          if (!isPassed) expect(queue.next(before)).toBe(id);
        }
        expect(queue.next(free.length)).toBeUndefined();
        expect(queue.standing('nobody')).toBeNull();
      }),
    );
  });

  test('the ordered queue keeps its order at the furthest priorities, after more arrivals than a server ever has', () => {
    const sequence = 2 ** 40 - 3;
    const waiting = [
      { jobId: 'first', priority: 100, sequence: 7 },
      { jobId: 'high', priority: 100, sequence },
      { jobId: 'usual', priority: 0, sequence: 0 },
      { jobId: 'low', priority: -100, sequence: 8 },
      { jobId: 'last', priority: -100, sequence: sequence - 1 },
    ];
    const restored = OrderedQueue.of(waiting);
    const queue = restored
      .add('new', 100)
      .reprioritise('high', -100)
      .reprioritise('low', 100)
      .reprioritise('low', -100);
    expect([...queue.ids]).toEqual(['first', 'new', 'usual', 'low', 'last', 'high']);
    expect([...queue.reprioritise('high', 100).ids]).toEqual(['first', 'high', 'new', 'usual', 'low', 'last']);
    expect([...restored.ids]).toEqual(waiting.map(({ jobId }) => jobId));
  });

  test('the ordered queue is a value: a change leaves the queue it was made from as it was', () => {
    const before = OrderedQueue.empty.add('a').add('b').add('c');
    const after = before.remove('a').add('d');
    expect([...before.ids]).toEqual(['a', 'b', 'c']);
    expect([...after.ids]).toEqual(['b', 'c', 'd']);
  });

  test('the ordered queue costs no more after any number of cancels: only waiting jobs are in it', () => {
    let queue = OrderedQueue.empty;
    for (let n = 0; n < 5_000; n++) queue = queue.add(`x${n}`).remove(`x${n}`);
    queue = queue.add('only');
    expect(queue.size).toBe(1);
    expect(queue.position('only')).toBe(0);
  });

  test('the ordered queue refuses the same job twice', () => {
    expect(() => OrderedQueue.empty.add('a').add('a')).toThrow('job a is already in the queue');
  });
});
