import { appendFile, rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { RunSign } from '../../../src/machines/ports/runner.ts';
import { followLog } from '../../../src/runner/progress/follow.ts';
import { temporaryFolder } from '../../support/runs/localRun.ts';
import { eventually } from '../../support/waiting/eventually.ts';

const frame = (done: number) => `\rModel Responding: 10%|#   | ${done}/10 [00:01<00:09,  1.00it/s]`;

async function following() {
  const path = join(await temporaryFolder(), 'log');
  await writeFile(path, 'Loading a model, which takes a while and writes much\n');
  const signs: RunSign[] = [];
  const end = followLog({ path, isOwn: false, ranks: 1, output: async () => null }, (sign) => signs.push(sign));
  onTestFinished(end);
  const doneOf = (sign: RunSign) => (sign.type === 'run.progress' ? sign.progress.done : null);
  const reaches = (done: number) => eventually(() => signs.some((sign) => doneOf(sign) === done));
  return { path, signs, reaches };
}

test('progress goes on in a log that was cut, renamed, and replaced', async () => {
  const { path, reaches } = await following();
  await appendFile(path, frame(1));
  await reaches(1);
  await truncate(path, 0);
  await appendFile(path, frame(2));
  await reaches(2);
  await rename(path, `${path}.1`);
  await appendFile(`${path}.1`, frame(3));
  await reaches(3);
  await writeFile(path, frame(4));
  await reaches(4);
});

test('a log of which nothing can be seen is no silence', async () => {
  const path = join(await temporaryFolder(), 'log');
  const signs: RunSign[] = [];
  onTestFinished(followLog({ path, isOwn: false, ranks: 1, output: async () => null }, (sign) => signs.push(sign)));
  await eventually(() => signs.length > 1);
  expect(signs.every(({ type }) => type === 'run.output')).toBe(true);
});

test('a log that does not grow is looked at ever more rarely, at most a twentieth of its silence late, and often when it grows', async () => {
  const path = join(await temporaryFolder(), 'log');
  await writeFile(path, 'loading\n');
  const waits: number[] = [];
  let silence = 0;
  let hasGrown = false;
  const pause = async (wait: number, signal: AbortSignal) => {
    // The first look has found what was there.
    expect(wait).toBeLessThan(Math.max(250, silence / 20) + 0.01);
    waits.push(wait);
    silence += wait;
    if (silence < 600_000) return;
    if (!hasGrown) {
      hasGrown = true;
      silence = 0;
      await appendFile(path, frame(1));
    } else if (silence >= 60_000) await new Promise((_, reject) => signal.addEventListener('abort', reject));
  };
  const output = async () => null;
  const signs: string[] = [];
  onTestFinished(followLog({ path, isOwn: false, ranks: 1, output }, ({ type }) => signs.push(type), pause));
  await eventually(() => hasGrown && silence >= 10_000);
  const grown = waits.lastIndexOf(1_000, waits.lastIndexOf(250)) + 1;
  // Ten minutes of silence, of which one would have had 240 looks.
  expect(grown).toBeLessThan(700);
  expect(waits[grown]).toBe(250);
  expect(signs).toEqual(['run.output', 'run.output', 'run.progress']);
});
