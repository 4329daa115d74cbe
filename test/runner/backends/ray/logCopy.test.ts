import { readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createLogCopy, type Tail } from '../../../../src/runner/backends/ray/logCopy.ts';
import { marksOf } from '../../../../src/runner/backends/ray/ownOutput.ts';
import { systemTimers } from '../../../../src/runner/backends/shared/pollSchedule.ts';
import { temporaryFolder } from '../../../support/runs/localRun.ts';

const id = 'evald-job';
const { first, last } = marksOf(id);
const whole = `${first}one\ntwo\nthree\n${last}`;

/** A copy whose first connection breaks after some bytes, when something befalls the log; the second has it all. */
async function copied(abuse: (log: string) => Promise<void>, before = '') {
  const log = join(await temporaryFolder(), 'log');
  await writeFile(log, before);
  let connections = 0;
  const tail: Tail = async (_, { data, end }) => {
    connections += 1;
    if (connections === 1) {
      data(Buffer.from(whole.slice(0, whole.indexOf('three'))));
      // Broken, not ended.
      end(false);
    } else data(Buffer.from(whole));
    return () => {};
  };
  const handle = { backend: 'ray' as const, id, state: '/nonexistent', shared: false, log, logStart: before.length };
  const time = {
    ...systemTimers,
    setTimeout: (then: () => void, milliseconds: number) =>
      milliseconds === 1_000 ? setTimeout(() => void abuse(log).then(then), 0) : setTimeout(then, milliseconds),
  };
  const copy = createLogCopy(handle, tail, () => {}, time);
  copy.finish();
  await copy.finished;
  return readFile(log, 'utf8');
}

test.each([
  ['untouched', async () => {}, 'head\none\ntwo\nthree\n'],
  ['cut', (log: string) => truncate(log, 0), 'three\n'],
  ['deleted', (log: string) => rm(log), 'three\n'],
  ['renamed', (log: string) => rename(log, `${log}.1`), 'three\n'],
])(
  'what Ray has of a log is copied once, also when the copy was %s between two connections',
  async (_, abuse, text) => {
    expect(await copied(abuse, 'head\n')).toBe(text);
  },
);

test('a copy of a log that was cut below what evald itself wrote gets the whole output, not its end', async () => {
  const log = join(await temporaryFolder(), 'log');
  await writeFile(log, '');
  const handle = { backend: 'ray' as const, id, state: '/nonexistent', shared: false, log, logStart: 5 };
  const tail: Tail = async (_, { data }) => {
    data(Buffer.from(whole));
    return () => {};
  };
  const copy = createLogCopy(handle, tail, () => {}, systemTimers);
  copy.finish();
  await copy.finished;
  expect(await readFile(log, 'utf8')).toBe('one\ntwo\nthree\n');
});
