import { once } from 'node:events';
import { beforeEach, describe, expect, onTestFinished, type TestContext, test } from 'vitest';
import { checkJournal } from '../../src/journal/check.ts';
import { openJournalForReading } from '../../src/journal/database.ts';
import type { WarmStartsState } from '../../src/schemas/engine/engine.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { skipWithout, systemPython } from '../support/needs.ts';
import { send } from '../support/requests/send.ts';
import { countedRuns } from '../support/runs/countedRuns.ts';
import { processesOf } from '../support/runs/processes.ts';

import type { TestServer } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';

beforeEach((context) => skipWithout(systemPython, context));

/** From the moment at which a parent is asked for a run until nothing is left of it. */
const phases = [
  'before the parent forks',
  'after the parent has forked',
  'before identity is written',
  'before claim is written',
  'before the launcher forks',
  'after the launcher has forked',
  'as the program begins',
  'while the program runs',
  'before exit is written',
  'after exit is written',
  'before the launcher is reaped',
] as const;

async function warmStarts({ url }: TestServer): Promise<WarmStartsState> {
  const { json } = await send(`${url}/health`, { method: 'GET' });
  return (json as { engine: { warm_starts: WarmStartsState } }).engine.warm_starts;
}

/** A folder on which servers start runs warm. */
async function warmServers(context: Pick<TestContext, 'onTestFinished'>) {
  const counted = await countedRuns(context, true);
  let tags = 0;
  const run = (server: TestServer) => submit(server.url, counted.request(`run ${tags++}`));
  return {
    ...counted,
    /** Submits a run with a tag of its own, and returns its job. */
    run,
    /** Has runs until one starts warm. */
    whenWarm: async (server: TestServer) => {
      for (let isWarm = false; !isWarm; ) {
        const before = await counted.warmRuns();
        await endedJob(server.url, await run(server));
        await eventually(async () => (await warmStarts(server)).state !== 'loading');
        expect(await warmStarts(server)).toMatchObject({ state: 'ready', reason: null });
        isWarm = (await counted.warmRuns()).length > before.length;
      }
    },
    /** Of each run that was submitted: once, and completed. Nothing is left of them, and the journal has nothing odd. */
    expectAllOnce: async (server: TestServer) => {
      const began = await counted.runs();
      expect(began.toSorted()).toEqual(Array.from({ length: tags }, (_, tag) => `run ${tag}`).toSorted());
      await server.stop();
      const database = openJournalForReading(counted.dataDir);
      expect(checkJournal(database)).toMatchObject({ jobs: { completed: tags }, problems: [] });
      database.close();
      expect(await processesOf(counted.folder)).toEqual([]);
    },
  };
}

describe('warm starts', { timeout: 600_000 }, () => {
  test('a parent that is killed loses and doubles no run, in whichever phase of it: each begins once and completes', async () => {
    const servers = await warmServers({ onTestFinished });
    const server = await servers.start();
    for (const phase of phases) {
      await servers.whenWarm(server);
      await servers.killAt('parent', phase);
      const job = await endedJob(server.url, await servers.run(server));
      expect.soft([phase, job.status, job.error, servers.wasKilled()]).toEqual([phase, 'completed', null, true]);
    }
    await servers.expectAllOnce(server);
  });

  test('a server that is killed loses, doubles and orphans no run, in whichever phase of its warm start', async () => {
    const servers = await warmServers({ onTestFinished });
    let server = await servers.start();
    for (const phase of phases) {
      await servers.whenWarm(server);
      await servers.killAt('server', phase);
      const killed = once(server.process, 'exit');
      const jobId = await servers.run(server);
      await killed;
      expect.soft([phase, servers.wasKilled()]).toEqual([phase, true]);
      server = await servers.start();
      const { status, error } = await endedJob(server.url, jobId);
      expect.soft([phase, status, error]).toEqual([phase, 'completed', null]);
    }
    await servers.expectAllOnce(server);
  });
});
