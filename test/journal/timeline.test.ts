import { describe, expect, test } from 'vitest';
import { openSqliteJournal } from '../../src/journal/journal.ts';
import { type MachineTime, openTimeline } from '../../src/journal/timeline.ts';
import { request } from '../support/requests/request.ts';
import { completed, started, submitted } from './lives.ts';
import { temporaryJournal } from './temporaryJournal.ts';

/** A machine of which a test says how long it has been up, and a process that began on it at that moment. */
function machineAt(uptime: number, boot: string | null = 'boot 1') {
  let passed = 0;
  const machine: MachineTime = { boot, uptime: () => uptime + passed, monotonic: () => 500 + passed };
  const pass = (milliseconds: number) => {
    passed += milliseconds;
  };
  return { machine, pass };
}

describe("a journal's own time", () => {
  test("a journal's own time begins at nothing, and passes as the process measures it", () => {
    const { machine, pass } = machineAt(1_000_000);
    const { monotonic } = openTimeline(undefined, 0, machine);
    expect(monotonic()).toBe(0);
    pass(1_500);
    expect(monotonic()).toBe(1_500);
  });

  test("a journal's own time goes on after a restart by what the machine says has passed since, crash or not", () => {
    const first = machineAt(1_000_000);
    const before = openTimeline(undefined, 0, first.machine);
    first.pass(60_000);
    const kept = before.point();
    const { monotonic } = openTimeline(kept, 0, machineAt(1_000_000 + 60_000 + 7_000).machine);
    expect(monotonic()).toBe(67_000);
  });

  test.each([
    ['another boot', machineAt(20_000, 'boot 2')],
    ['a boot that nothing names', machineAt(9_000_000, null)],
    ['an uptime that began again, as in a container', machineAt(10)],
  ])("a journal's own time counts nothing of what nothing has measured: %s", (_, { machine }) => {
    const kept = { at: 67_000, boot: 'boot 1', uptime: 1_000_000 };
    expect(openTimeline(kept, 0, machine).monotonic()).toBe(67_000);
  });

  test.each([null, 7, 'x', {}, { at: 'x' }])(
    "a journal's own time begins again where what was kept is none: %j",
    (kept) => {
      expect(openTimeline(kept, 0, machineAt(1).machine).monotonic()).toBe(0);
    },
  );

  test("a journal's own time is never before what is on record, when a crash has lost the last points", () => {
    const { monotonic } = openTimeline({ at: 1_000, boot: 'boot 1', uptime: 5_000 }, 90_000, machineAt(6_000).machine);
    expect(monotonic()).toBe(90_000);
  });

  test('the time of a real journal goes on after it was closed, and from its last event when it was not', async () => {
    const { dataDir, journal, close } = await temporaryJournal();
    const first = journal.monotonic();
    await journal.append([submitted('a'), started('a', first), completed('a', first + 3_600_000)]);
    await close();
    const next = await openSqliteJournal(dataDir);
    expect(next.monotonic()).toBeGreaterThanOrEqual(first + 3_600_000);
    expect(next.monotonic()).toBeLessThan(first + 3_700_000);
    expect(next.durations(request(), 10)).toEqual([3_600_000]);
    await next.close();
  });
});
