import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Devices } from '../../src/machines/scheduler/devices.ts';
import { onePool } from '../../src/schemas/engine/devicePool.ts';
import { noOptions } from '../../src/schemas/submission/jobOptions.ts';
import { scheduling } from '../support/jobs/scheduling.ts';
import { request } from '../support/requests/request.ts';
import { completedOutcome, controlledRuns } from '../support/runs/controlledRuns.ts';
import { until } from '../support/waiting/until.ts';

const names = ['0', '1', '2', '3', '4', '5', 'GPU-6', 'MIG-7'];

describe('devices', () => {
  test('devices are handed out as many as are asked for, each to one job, until they are given back', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: 9 }), fc.integer({ min: 0, max: 4 })), { maxLength: 60 }),
        (steps) => {
          let devices = Devices.of(onePool(names));
          const held = new Map<string, readonly string[]>();
          for (const [number, count] of steps) {
            const jobId = `job ${number}`;
            const free = names.length - [...held.values()].flat().length;
            if (held.has(jobId) || count === 0) {
              devices = devices.release(jobId);
              held.delete(jobId);
            } else {
              const picked = devices.pick(count);
              expect(picked === null).toBe(count > free);
              if (picked === null) continue;
              expect(picked).toHaveLength(count);
              devices = devices.hold(jobId, picked);
              held.set(jobId, picked);
            }
            const all = [...held.values()].flat();
            expect(new Set(all).size).toBe(all.length);
            expect(devices.free).toEqual(names.filter((name) => !all.includes(name)));
            for (const [owner, own] of held)
              expect(own.map((name) => devices.ownersOf(name))).toEqual(own.map(() => [owner]));
          }
        },
      ),
    );
  });

  test('devices are values: a snapshot that was read stays as it was', () => {
    const all = Devices.of(onePool(['0', '1']));
    const some = all.hold('a', ['0']);
    expect([all.free, some.free, some.release('a').free]).toEqual([['0', '1'], ['1'], ['0', '1']]);
    expect(some.release('nobody')).toBe(some);
  });

  test('devices are never of two jobs', () => {
    const some = Devices.of(onePool(['0', '1'])).hold('a', ['0']);
    expect(() => some.hold('b', ['1', '0'])).toThrow("device 0 is job a's, not free for b");
  });

  test('devices that are held and no longer given are not handed out again', () => {
    const devices = Devices.of(onePool(['1', '2']), [['a', ['0', '1']]]);
    expect(devices.free).toEqual(['2']);
    expect(devices.release('a').free).toEqual(['1', '2']);
  });

  test('a device is shared by as many jobs of one device as are let, the one that the fewest have is given first, and one of several devices has each alone', () => {
    const two = Devices.of(onePool(['0', '1'], 2));
    const a = two.hold('a', two.pick(1) ?? []);
    const b = a.hold('b', a.pick(1) ?? []);
    const c = b.hold('c', b.pick(1) ?? []);
    expect([a.of('a'), b.of('b'), c.of('c')]).toEqual([['0'], ['1'], ['0']]);
    expect([a.pick(2), two.pick(2), c.room()]).toEqual([null, ['0', '1'], 1]);
    expect(c.ownersOf('0')).toEqual(['a', 'c']);
    expect(() => c.hold('d', ['0'])).toThrow("device 0 is job a's, not free for d");
    const whole = two.hold('w', ['0', '1']);
    expect([whole.pick(1), whole.room()]).toEqual([null, 0]);
    expect(() => whole.hold('d', ['1'])).toThrow("device 1 is job w's, not free for d");
  });

  test('a job gets devices of its pool, and of the first where there is none of that name', () => {
    const pools = [
      { name: 'big', devices: ['0', '1'], shares: 1 },
      { name: 'small', devices: ['2'], shares: 2 },
    ];
    const devices = Devices.of(pools);
    expect([devices.pick(1, 'small'), devices.pick(2, 'small'), devices.pick(2, 'gone'), devices.pick(1)]).toEqual([
      ['2'],
      [],
      ['0', '1'],
      ['0'],
    ]);
    const held = devices.hold('a', ['2']).hold('b', ['2']);
    expect([held.pick(1, 'small'), held.freeIn('small'), held.freeIn('big')]).toEqual([null, [], ['0', '1']]);
  });

  test('devices of which there are never enough are not waited for', () => {
    const devices = Devices.of(onePool(['0', '1'])).hold('a', ['0', '1']);
    expect([devices.pick(2), devices.pick(3)]).toEqual([null, []]);
  });
});

/** What a job asks for, and how important it is. */
const job = fc.record({ gpus: fc.integer({ min: 1, max: 4 }), priority: fc.constantFrom(0, 0, 0, 5) });

describe('a scheduler with devices', () => {
  test('a scheduler starts 200 jobs of 1 to 4 of 8 devices in strict order, no device twice, and lets none starve', async () => {
    const cases = fc.tuple(fc.array(job, { minLength: 200, maxLength: 200 }), fc.infiniteStream(fc.nat()));
    await fc.assert(
      fc.asyncProperty(cases, async ([jobs, choices]) => {
        const given = new Map<string, readonly string[]>();
        const control = controlledRuns();
        const { launch } = control.runs;
        control.runs.launch = (job, prepared) => {
          given.set(job.jobId, job.resources.devices ?? []);
          return launch(job, prepared);
        };
        const options = { slots: 8, pools: onePool(names), backfillDepth: 0, maxCompletedJobs: 1_000 };
        const { scheduler, journal } = await scheduling(options, { control });
        await scheduler.pauseQueue();
        const asked = new Map<string, { gpus: number; priority: number; turn: number }>();
        for (const [turn, { gpus, priority }] of jobs.entries()) {
          const { jobId } = await scheduler.addJob(request({ num_gpus: gpus }), {
            options: { ...noOptions, priority },
          });
          asked.set(jobId, { gpus, priority, turn });
        }
        await scheduler.resumeQueue();
        const gpusOf = (jobId: string | undefined) => asked.get(String(jobId))?.gpus ?? 0;

        const seen: string[] = [];
        for (;;) {
          // Until all that was decided to start is launched.
          const owners = () => (scheduler.getDevices() ?? []).flatMap(({ job_id }) => job_id ?? []);
          await until(() => owners().every((jobId) => given.has(jobId)));
          const running = scheduler.getQueueStats().runningJobs;
          // Each has as many as it asked for, and no device is another's.
          const inUse = running.flatMap((jobId) => given.get(jobId) ?? []);
          expect(new Set(inUse).size).toBe(inUse.length);
          for (const jobId of running) expect(given.get(jobId)).toHaveLength(gpusOf(jobId));
          // Who waits at the head could not start; so none stands idle that the head could have.
          const [head] = scheduler.getQueueStats().queued;
          if (head !== undefined) expect(gpusOf(head)).toBeGreaterThan(names.length - inUse.length);
          const [choice] = choices.take(1);
          const ending = running[Number(choice) % Math.max(1, running.length)];
          if (ending === undefined) break;
          await control.end(ending, completedOutcome);
          await until(() => !scheduler.getQueueStats().runningJobs.includes(ending));
          seen.push(ending);
        }
        expect(seen).toHaveLength(200);
        const starts = journal.commits.flat().filter(({ type }) => type === 'started');
        const order = [...asked].toSorted(([, a], [, b]) => b.priority - a.priority || a.turn - b.turn);
        expect(starts.map(({ jobId }) => jobId)).toEqual(order.map(([jobId]) => jobId));
      }),
      { numRuns: 5, endOnFailure: true },
    );
  });

  test('a scheduler takes devices with the decision to start, and back when that cannot be written', async () => {
    const { scheduler, journal, clock, statusOf } = await scheduling({ slots: 2, pools: onePool(['0', '1']) });
    const owners = () => scheduler.getDevices()?.map(({ job_id }) => job_id);
    await scheduler.pauseQueue();
    const { jobId } = await scheduler.addJob(request({ num_gpus: 2 }));
    journal.hold();
    await scheduler.resumeQueue();
    expect(owners()).toEqual([jobId, jobId]);
    journal.break('disk full');
    journal.release();
    await until(() => scheduler.getHealth().degraded !== null);
    expect(owners()).toEqual([null, null]);
    journal.mend();
    clock.increment(1_000);
    await until(() => statusOf(jobId) === 'running');
    expect(owners()).toEqual([jobId, jobId]);
  });

  test('a scheduler lets a cancelled job that waited at the head make room for the next', async () => {
    const { scheduler, statusOf } = await scheduling({ slots: 2, pools: onePool(['0', '1']) });
    const add = async (num_gpus: number) => (await scheduler.addJob(request({ num_gpus }))).jobId;
    const [, wide, narrow] = [await add(1), await add(2), await add(1)];
    expect([statusOf(wide), statusOf(narrow)]).toEqual(['queued', 'queued']);
    await scheduler.cancelJob(wide);
    await until(() => statusOf(narrow) === 'running');
  });

  test('a scheduler knows after a restart whose devices are whose, and gives what is given now', async () => {
    const before = await scheduling({ slots: 3, pools: onePool(['0', '1', '2']) });
    const { jobId } = await before.scheduler.addJob(request({ num_gpus: 2 }));
    await until(() => before.scheduler.getJob(jobId)?.log !== null);
    const later = await scheduling({ slots: 3, pools: onePool(['1', '2', '3']) }, { journal: before.journal });
    const { jobId: next } = await later.scheduler.addJob(request({ num_gpus: 2 }));
    await until(() => later.statusOf(next) === 'running');
    expect(later.scheduler.getDevices()).toEqual([
      { name: '1', job_id: jobId, job_ids: [jobId] },
      { name: '2', job_id: next, job_ids: [next] },
      { name: '3', job_id: next, job_ids: [next] },
    ]);
  });

  test('a scheduler refuses a job that asks for more devices than there are, but answers again one acknowledged under a key', async () => {
    const before = await scheduling();
    const idempotency = { key: 'k', requestHash: 'h' };
    const wide = request({ num_gpus: 2 });
    const { jobId } = await before.scheduler.addJob(wide, { idempotency });
    const { scheduler } = await scheduling({ pools: onePool(['0']) }, { journal: before.journal });
    const fault = { path: ['num_gpus'], input: 2, message: expect.stringContaining('at most 1') };
    const refusal = { code: 'unfit', faults: [fault] };
    await expect(scheduler.addJob(wide)).rejects.toMatchObject(refusal);
    expect(await scheduler.addJob(wide, { idempotency })).toMatchObject({ jobId, repeated: true });
  });
});
