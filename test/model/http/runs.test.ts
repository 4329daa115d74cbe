import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../../support/waiting/eventually.ts';
import { follow } from '../follow.ts';
import { type RunMove, runModel, runPaths } from './paths.ts';
import { type SteeredServer, steeredServer } from './steeredServer.ts';

let steered: SteeredServer;
beforeAll(async () => {
  steered = await steeredServer(['--slots', '16']);
});
afterAll(() => steered.stop());

describe.concurrent('a run of a server', () => {
  test.for(runPaths().map((path) => [path.join(' → '), path] as const))(
    'a run of a server follows its chart: %s',
    async ([name, path]) => {
      const tag = name.replaceAll(/[^a-zA-Z]+/g, '-');
      const id = await steered.submit(tag);
      await eventually(async () => (await steered.job(id)).status === 'running');
      const moves: Record<RunMove, () => Promise<unknown>> = {
        progress: async () => {
          await steered.tell(tag, 'progress');
          await eventually(async () => (await steered.job(id)).progress !== null);
        },
        leave: async () => {
          await steered.tell(tag, 'leave');
          await eventually(() => existsSync(steered.noted(tag, 'left')));
        },
        gone: async () => {
          await steered.tell(tag, 'gone');
          await eventually(async () => (await steered.job(id)).completed_at !== null);
        },
        // The first time, what is left is asked to end, and does not; the second time it is killed.
        graceEnds: () =>
          existsSync(steered.noted(tag, 'asked'))
            ? eventually(async () => (await steered.job(id)).completed_at !== null)
            : eventually(() => existsSync(steered.noted(tag, 'asked'))),
      };
      await follow(path, runModel, {
        take: async (move) => {
          await moves[move]();
        },
        visible: async () => {
          const { status, failure_kind, progress } = await steered.job(id);
          return { status, failure: failure_kind, done: progress?.done ?? null };
        },
      });
      await steered.tell(tag, 'gone');
    },
  );
});

test('a run whose folder cannot be used fails as `launch`, and nothing is started', async () => {
  const id = await steered.submit('nowhere', { output_dir: '/dev/null/nowhere' });
  await eventually(async () => (await steered.job(id)).completed_at !== null);
  expect(await steered.job(id)).toMatchObject({ status: 'failed', failure_kind: 'launch', log: null });
});

test('a server that is shutting down refuses what would change something, with 503 and the reason', async () => {
  const closing = await steeredServer([]);
  try {
    const running = await closing.submit('closing');
    const waiting = await closing.submit('waiting');
    await closing.tell('closing', 'leave');
    await eventually(() => existsSync(closing.noted('closing', 'left')));
    closing.server.process.kill('SIGTERM');
    await eventually(() => existsSync(closing.noted('closing', 'asked')));
    const events = closing.events();
    const detail =
      'The server takes nothing now: it is shutting down or cannot write its journal (see /health). Try again later.';
    for (const answer of [await closing.post('late'), await closing.cancel(waiting), await closing.cancel(running)]) {
      expect([answer.status, answer.json, answer.headers['retry-after']]).toEqual([503, { detail }, '10']);
    }
    expect(closing.events()).toBe(events);
  } finally {
    await closing.stop();
  }
});
