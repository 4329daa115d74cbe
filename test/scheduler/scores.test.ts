import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { scoresRoutes } from '../../src/http/routes/scores.ts';
import type { Journal, Transition } from '../../src/machines/ports/journal.ts';
import { createScoreReader } from '../../src/scheduler/scores.ts';
import { scoreListSchema } from '../../src/schemas/scores/score.ts';
import { createFakeScheduler } from '../http/fakes.ts';
import { completed, started, submitted } from '../journal/lives.ts';
import { temporaryJournal } from '../journal/temporaryJournal.ts';
import { expectWithin } from '../support/measuring/least.ts';
import { processorTime } from '../support/processorTime.ts';

const JOBS = 1_000;
const TASKS = 10;

/** A journal with 10,000 scores of 1,000 jobs, and as many jobs that wait. */
async function filled(): Promise<Journal> {
  const { journal } = await temporaryJournal();
  const score = { value: 1 / 3, stderr: 0.01, higher_is_better: true, n: 1_000 };
  const metrics = Object.fromEntries(Array.from({ length: TASKS }, (_, n) => [`task_${n}`, { acc: score }]));
  const life = (jobId: string): Transition[] => {
    const end = completed(jobId);
    return [
      submitted(jobId),
      started(jobId),
      end.type === 'completed' ? { ...end, outcome: { ...end.outcome, metrics } } : end,
    ];
  };
  await journal.append(Array.from({ length: JOBS }, (_, n) => life(`done-${n}`)).flat());
  await journal.append(Array.from({ length: JOBS }, (_, n) => submitted(`waits-${n}`)));
  return journal;
}

function routesOf(journal: Pick<Journal, 'scores' | 'unscored'>, logged: unknown[] = []) {
  const { scores: readScores, missing: readMissing } = createScoreReader(journal);
  const scheduler = { ...createFakeScheduler(), readScores, readMissing };
  const routes = scoresRoutes({ scheduler, logError: (...given) => logged.push(given) });
  return routes.onError((_, c) => c.json({}, 500));
}

describe('10,000 scores', () => {
  test('10,000 scores are answered within half a second of the processor, and others have their turn some ten times meanwhile', async () => {
    const app = routesOf(await filled());
    await expectWithin(500, 'processor', async () => {
      let between = 0;
      let isOver = false;
      const others = (async () => {
        for (; !isOver; between++) await new Promise(setImmediate);
      })();
      let text = '';
      const took = await processorTime(async () => {
        text = await (await app.request('/scores?missing=true')).text();
      });
      isOver = true;
      await others;
      const { scores, missing, next_cursor } = scoreListSchema.parse(JSON.parse(text));
      expect([scores.length, missing.length, next_cursor]).toEqual([JOBS * TASKS, JOBS, null]);
      expect(between).toBeGreaterThanOrEqual(10);
      return took;
    });
  });

  test('10,000 scores as Parquet take no more than a second of the processor, in parts', async () => {
    const app = routesOf(await filled());
    await expectWithin(1_000, 'processor', async () => {
      const chunks: number[] = [];
      const took = await processorTime(async () => {
        const answer = await app.request('/scores/export?format=parquet');
        for await (const chunk of answer.body ?? []) chunks.push(chunk.length);
      });
      expect(chunks.length).toBeGreaterThan(10);
      return took;
    });
  });

  test('scores that are not taken are not read: a client that stops reading costs a part, and one that goes away nothing more', async () => {
    const journal = await filled();
    let asked = 0;
    const counting: typeof journal.scores = (page) => {
      asked++;
      return journal.scores(page);
    };
    const app = routesOf({ ...journal, scores: counting });
    const answer = await app.request('/scores/export?format=csv');
    const reader = z.instanceof(ReadableStream).parse(answer.body).getReader();
    await reader.read();
    await reader.read();
    expect(asked).toBeLessThanOrEqual(2);
    await reader.cancel();
    const before = asked;
    await new Promise(setImmediate);
    expect(asked).toBe(before);
  });

  test('a fault before the first score is answered as one, and one on the way cuts the answer off and is logged', async () => {
    const journal = await filled();
    const logged: unknown[] = [];
    let left = 2;
    const failing: typeof journal.scores = (page) => {
      if (left-- === 0) throw new Error('the disk is gone');
      return journal.scores(page);
    };
    const cut = await routesOf({ ...journal, scores: failing }, logged).request('/scores');
    await expect(cut.text()).rejects.toThrow('the disk is gone');
    expect(logged).toEqual([['GET /scores was cut off', expect.any(Error)]]);
    left = 0;
    const refused = await routesOf({ ...journal, scores: failing }, logged).request('/scores');
    expect(refused.status).toBe(500);
    expect(logged).toHaveLength(1);
  });
});
