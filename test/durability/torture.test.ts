import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { checkJournal } from '../../src/journal/check.ts';
import { openJournalForReading } from '../../src/journal/database.ts';
import type { Health } from '../../src/schemas/server/health.ts';
import { getJob } from '../support/jobs/client.ts';
import { skipWithout, systemPython } from '../support/needs.ts';
import { send } from '../support/requests/send.ts';
import { countedRuns } from '../support/runs/countedRuns.ts';
import { processesOf, warmParentsOf } from '../support/runs/processes.ts';
import { seeded } from '../support/seeded.ts';
import type { TestServer } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';
import { createTortureClient } from './tortureClient.ts';

/** 8 in CI, 60 in `npm run test:torture`: half of them with one slot, half with three. */
const KILLS = Number(process.env['TEST_TORTURE_KILLS'] ?? 8) / 2;
/** The share of ends that are a SIGTERM, after which the runs go on; they come on top of the kills. */
const STOPS = 0.3;
const SEED = Number(process.env['TEST_TORTURE_SEED'] ?? 20261124);
/** Requests between two kills, at most. Kills come in the middle of one, not between two. */
const STEPS = 60;
/** Milliseconds between the last request and the kill, at most: a run takes about so long. */
const LONGEST_WAIT = 60;

/** Until runs start warm, or none is there that could. Then there is one more to start in the middle of. */
async function untilWarm(server: TestServer): Promise<void> {
  await eventually(async () => {
    const { json } = await send(`${server.url}/health`, { method: 'GET' });
    const { engine, queue_size, running_jobs } = json as Health;
    return engine.warm_starts?.state === 'ready' || queue_size + running_jobs === 0;
  });
}

describe(`a server that is killed ${KILLS} times at random moments, and asked to end in between (seed ${SEED})`, () => {
  test.for([
    [1, 'cold'],
    [3, 'cold'],
    [1, 'warm'],
    [3, 'warm'],
    [3, 'cold, one in ten failing at first'],
  ] as const)(
    'a server killed at random moments, with slots %i and runs that start %s: keeps every acknowledged job, runs none twice, and leaves nothing behind',
    {
      timeout: 600_000,
    },
    async ([slots, start], context) => {
      const isWarm = start === 'warm';
      if (isWarm) skipWithout(systemPython, context);
      const random = seeded(SEED + slots);
      const counted = await countedRuns(context, isWarm);
      // Those are tried again.
      const fails = start.includes('failing');
      const more = fails ? { env: { TEST_FAIL: '*7' } } : {};
      const retry = fails ? ['--retry', '1:outOfMemory'] : [];
      const flags = ['--slots', String(slots), '--on-shutdown', 'leave', ...retry];
      const runsOf = (tag: string) => (fails && tag.endsWith('7') ? 2 : 1);
      const client = createTortureClient(counted, random);

      for (let kills = 0; kills < KILLS; ) {
        const server = await counted.start({ flags, ...more });
        const steps = Math.floor(random() * STEPS);
        for (let step = 0; step < steps; step++) await client.step(server.url);
        if (isWarm) await untilWarm(server);
        const underWay = client.step(server.url).catch(() => {});
        // Any moment will do, and another one each time.
        await setTimeout(random() * LONGEST_WAIT);
        if (random() < STOPS) expect(await server.stop()).toBe(0);
        else {
          await server.kill();
          kills++;
        }
        await underWay;
        // Of a parent, too: it forks, or is about to say that it has.
        if (isWarm) await eventually(async () => (await warmParentsOf(server.process.pid)).length === 0);
      }
      const last = await counted.start({ flags, ...more });
      for (const before of [0, 1, 2]) if (client.told.acknowledged.size === before) await client.step(last.url);
      await eventually(async () => {
        const queue = (await (await fetch(`${last.url}/queue`)).json()) as {
          queue_size: number;
          running_job: string | null;
        };
        return queue.queue_size === 0 && queue.running_job === null;
      });

      const { acknowledged, cancelled, contradictions } = client.told;
      const runs = await counted.runs();
      expect(contradictions).toEqual([]);
      // Every acknowledged job exists, and ended as it must: cancelled when that was acknowledged, completed otherwise
      // (a cancellation may also have taken effect without its answer having come).
      for (const [tag, jobId] of acknowledged) {
        const { status, error, attempts } = await getJob(last.url, jobId);
        expect([tag, status, error]).toEqual([
          tag,
          cancelled.has(tag) ? 'cancelled' : expect.stringMatching(/^(completed|cancelled)$/),
          null,
        ]);
        expect(runs.filter((run) => run === tag)).toHaveLength(status === 'completed' ? runsOf(tag) : 0);
        expect(attempts).toHaveLength(status === 'completed' ? runsOf(tag) - 1 : 0);
      }
      if (!fails) expect(new Set(runs).size).toBe(runs.length);
      // Runs side by side may begin to write in any order.
      if (slots === 1) expect(runs).toEqual(runs.toSorted((a, b) => Number(a) - Number(b)));
      expect(await last.stop()).toBe(0);
      const database = openJournalForReading(counted.dataDir);
      expect(checkJournal(database).problems).toEqual([]);
      database.close();
      expect(await processesOf(counted.folder)).toEqual([]);
      const warm = await counted.warmRuns();
      expect(warm.length > 0).toBe(isWarm);
      console.log(
        `slots ${slots}: ${KILLS} kills, ${acknowledged.size} acknowledged, ${cancelled.size} cancelled, ${runs.length} runs, ${warm.length} of them warm`,
      );
    },
  );
});
