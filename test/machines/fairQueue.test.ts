import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Arrival, FairQueue } from '../../src/machines/scheduler/fairQueue.ts';
import { JobQueue } from '../../src/machines/scheduler/jobQueue.ts';

/** The same by lists: each caller's own of a priority, and how many turns it has had. */
class Reference {
  readonly jobs: (Arrival & { isPassed: boolean })[] = [];
  readonly lanes = new Map<string, { round: number; since: number }>();
  readonly last = new Map<number, number>();

  laneOf({ priority, caller }: Pick<Arrival, 'priority' | 'caller'>) {
    return `${priority} ${caller}`;
  }

  own(lane: string) {
    return this.jobs
      .filter((job) => !job.isPassed && this.laneOf(job) === lane)
      .toSorted((a, b) => a.sequence - b.sequence);
  }

  /** Of each job that may start its turn, in order. */
  turns() {
    const names = [...new Set(this.jobs.map((job) => this.laneOf(job)))];
    return names
      .flatMap((name) =>
        this.own(name).map((job, index) => {
          const { round = 0, since = 0 } = this.lanes.get(name) ?? {};
          return { job, round: round + index, since };
        }),
      )
      .toSorted((a, b) => b.job.priority - a.job.priority || a.round - b.round || a.since - b.since);
  }

  enter(job: Arrival & { isPassed: boolean }): void {
    const lane = this.laneOf(job);
    if (!job.isPassed && this.own(lane).length === 0) {
      const next = this.turns().find((turn) => turn.job.priority === job.priority)?.round;
      const round = Math.min(next ?? Number.POSITIVE_INFINITY, this.last.get(job.priority) ?? 0);
      const had = this.lanes.get(lane)?.round ?? 0;
      // It has had its turn in this round, and keeps its place in the next.
      if (had <= round) this.lanes.set(lane, { round, since: job.sequence });
    }
    this.jobs.push(job);
  }

  leave(jobId: string): (Arrival & { isPassed: boolean }) | undefined {
    const at = this.jobs.findIndex((job) => job.jobId === jobId);
    return at < 0 ? undefined : this.jobs.splice(at, 1)[0];
  }

  start(jobId: string): void {
    const job = this.jobs.find((one) => one.jobId === jobId);
    if (job === undefined) return;
    const name = this.laneOf(job);
    const lane = this.lanes.get(name);
    if (lane !== undefined && this.own(name)[0] === job) {
      this.last.set(job.priority, Math.max(this.last.get(job.priority) ?? 0, lane.round));
      this.lanes.set(name, { ...lane, round: lane.round + 1 });
    }
    this.leave(jobId);
  }

  ids(): string[] {
    const free = this.turns().map(({ job }) => job);
    const passed = this.jobs.filter((job) => job.isPassed).toSorted((a, b) => a.sequence - b.sequence);
    return [...free, ...passed].toSorted((a, b) => b.priority - a.priority).map(({ jobId }) => jobId);
  }
}

const step = fc.record({
  what: fc.constantFrom('add', 'add', 'add', 'start', 'start', 'remove', 'pass', 'admit', 'reprioritise', 'startAny'),
  caller: fc.constantFrom('x', 'y', 'z', null),
  priority: fc.constantFrom(0, 0, 1),
  which: fc.nat(20),
});

describe('a queue in turns by caller', () => {
  test('a queue in turns by caller does what lists of each caller would, whatever comes in whatever order', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let queue = FairQueue.of([]);
        const reference = new Reference();
        for (const [sequence, { what, caller, priority, which }] of steps.entries()) {
          const jobId = reference.ids()[which % Math.max(1, reference.jobs.length)] ?? '';
          const job = reference.jobs.find((one) => one.jobId === jobId);
          if (what === 'add') {
            const arrival = { jobId: `j${sequence}`, priority, sequence, caller };
            queue = queue.add(arrival);
            reference.enter({ ...arrival, isPassed: false });
          } else if (what === 'start' || what === 'startAny') {
            const next = what === 'start' ? queue.next(0) : job?.isPassed ? undefined : jobId;
            queue = queue.start(next ?? '');
            reference.start(next ?? '');
          } else if (what === 'remove') {
            queue = queue.remove(jobId);
            reference.leave(jobId);
          } else if (job !== undefined) {
            const isPassed = what === 'reprioritise' ? job.isPassed : what === 'pass';
            queue =
              what === 'pass'
                ? queue.pass(jobId)
                : what === 'admit'
                  ? queue.admit(jobId)
                  : queue.reprioritise(jobId, priority);
            if (what === 'reprioritise' || job.isPassed !== isPassed) {
              reference.leave(jobId);
              reference.enter({ ...job, isPassed, ...(what === 'reprioritise' && { priority }) });
            }
          }
          const ids = reference.ids();
          expect(queue.ids).toEqual(ids);
          expect(queue.size).toBe(ids.length);
          expect(ids.map((id) => queue.standing(id)?.position)).toEqual(ids.map((_, index) => index));
          const free = reference.turns().map(({ job: one }) => one.jobId);
          expect([...free, undefined]).toEqual([...free, undefined].map((_, ahead) => queue.next(ahead)));
          expect(free.map((id) => queue.standing(id)?.ahead)).toEqual(free.map((_, index) => index));
        }
      }),
    );
  });

  test('a job of a second caller is next but one behind a thousand of the first, and one more of the first is last', () => {
    let queue = FairQueue.of(
      Array.from({ length: 1_000 }, (_, n) => ({ jobId: `s${n}`, priority: 0, sequence: n, caller: 'sweep' })),
    );
    queue = queue.add({ jobId: 'colleague', priority: 0, sequence: 1_000, caller: 'colleague' });
    queue = queue.add({ jobId: 'more', priority: 0, sequence: 1_001, caller: 'sweep' });
    expect(queue.ids.slice(0, 3)).toEqual(['s0', 'colleague', 's1']);
    expect(queue.standing('more')).toEqual({ position: 1_001, ahead: 1_001 });
    // What was cancelled has taken no turn.
    for (let n = 0; n < 500; n++) queue = queue.remove(`s${n}`);
    const two = queue.add({ jobId: 'second', priority: 0, sequence: 1_002, caller: 'colleague' });
    expect(two.ids.slice(0, 5)).toEqual(['s500', 'colleague', 's501', 'second', 's502']);
  });

  test('a caller that submits one job at a time has one turn in a round, and none is saved up while it had no job', () => {
    let queue = FairQueue.of([]);
    let sequence = 0;
    const add = (jobId: string, caller: string) => {
      queue = queue.add({ jobId, priority: 0, sequence: sequence++, caller });
    };
    for (const n of [1, 2, 3, 4]) add(`a${n}`, 'a');
    queue = queue.start('a1').start('a2');
    add('b1', 'b');
    expect(queue.ids).toEqual(['b1', 'a3', 'a4']);
    queue = queue.start('b1');
    // It has had its turn in this round.
    add('b2', 'b');
    expect(queue.ids).toEqual(['a3', 'b2', 'a4']);
  });

  test('a caller of whom a job runs has had a turn when the queue is made again', () => {
    const job = (jobId: string, sequence: number, caller: string) => ({
      jobId,
      priority: 0,
      sequence,
      caller,
      pool: null,
    });
    const jobs = [job('a2', 1, 'a'), job('a3', 2, 'a'), job('b1', 3, 'b')];
    const rules = { pools: [''], isFair: true };
    expect(JobQueue.of(jobs, rules).ids).toEqual(['a2', 'b1', 'a3']);
    expect(JobQueue.of(jobs, rules, new Set(['a'])).ids).toEqual(['b1', 'a2', 'a3']);
  });
});

describe('a queue of several pools', () => {
  const rules = { pools: ['big', 'small'], isFair: false };
  const job = (jobId: string, pool: string | null, priority = 0) => ({ jobId, priority, caller: null, pool });

  test('each pool has an order of its own, and a job that names none, or one that is gone, is of the first', () => {
    let queue = JobQueue.empty(rules);
    for (const one of [job('a', 'big'), job('b', 'small'), job('c', null), job('d', 'gone'), job('e', 'small', 1)])
      queue = queue.add(one);
    expect(['a', 'b', 'c', 'd', 'e'].map((id) => queue.position(id))).toEqual([0, 1, 1, 2, 0]);
    expect([queue.next(0, 'big'), queue.next(0, 'small'), queue.next(2, 'small')]).toEqual(['a', 'e', undefined]);
    expect(queue.ids).toEqual(['a', 'e', 'c', 'b', 'd']);
    expect([queue.size, queue.remove('a').position('c'), queue.remove('a').position('b')]).toEqual([5, 0, 1]);
    expect(queue.remove('a').has('a')).toBe(false);
    expect(() => queue.add(job('b', 'big'))).toThrow('job b is already in the queue');
  });

  test('of the first of several pools that with the higher priority has the lower rank, then that which came first', () => {
    const queue = [job('a', 'big'), job('b', 'small'), job('c', 'small', 1)].reduce(
      (all, one) => all.add(one),
      JobQueue.empty(rules),
    );
    const rank = (id: string) => queue.rank(id) ?? Number.NaN;
    expect(['a', 'b', 'c'].toSorted((x, y) => rank(x) - rank(y))).toEqual(['c', 'a', 'b']);
  });

  test('a queue is a value: one that was read stays as it was', () => {
    const one = JobQueue.empty(rules).add(job('a', 'big'));
    const two = one.add(job('b', 'small')).start('a');
    expect([one.ids, two.ids, one.has('b')]).toEqual([['a'], ['b'], false]);
    expect(two.remove('a')).toBe(two);
  });
});
