import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { mayContinue } from '../../src/composition/openStores.ts';
import { prepared } from '../../src/journal/database.ts';
import { written } from '../../src/journal/jobSecrets.ts';
import { openSqliteJournal } from '../../src/journal/journal.ts';
import { createReader } from '../../src/journal/reader.ts';
import { relocate } from '../../src/journal/relocate.ts';
import { createWrite } from '../../src/journal/write.ts';
import { jobSteps } from '../../src/machines/job/jobSteps.ts';
import type { Transition } from '../../src/machines/ports/journal.ts';
import { started, submitted } from './lives.ts';
import { temporaryFolder } from './temporaryJournal.ts';

const launched = (jobId: string, root: string): Transition => ({
  type: 'launched',
  jobId,
  at: 3,
  run: {
    prepared: { output: `${root}/outputs/${jobId}`, ownOutput: true, log: `${root}/outputs/${jobId}/log`, before: [] },
    handle: { backend: 'ray', id: 'evald-1', state: `${root}/runs/${jobId}/1`, log: `${root}/outputs/${jobId}/log` },
  },
});

/** A journal in memory, after these transitions. */
function journalWith(transitions: Transition[]) {
  const database = prepared(new DatabaseSync(':memory:'));
  createWrite(database, jobSteps)(transitions.map(written));
  return { database, ...createReader(database) };
}

test('every path of a run in a folder that was moved leads to its new path; arguments, and other paths, stay', () => {
  const result = { m: { results: '/old/outputs/a/r.json', samples: ['/old/outputs/a/s.jsonl', '/older/s.jsonl'] } };
  const outcome = {
    ...{ status: 'failed' as const, kind: 'exited' as const, code: 3, log: '/old/outputs/a/log' },
    ...{ tail: ['wrote /old/outputs/a/r.json'], cause: '/old/outputs is full' },
    partial: { result, metrics: {}, warnings: ['/old/outputs/a is odd'] },
  };
  const { database, find, events } = journalWith([
    ...['a', 'b'].map(submitted),
    ...['a', 'b'].map((jobId) => started(jobId)),
    launched('a', '/old'),
    launched('b', '/older'),
    { type: 'failed', jobId: 'a', at: 4, outcome, notify: [] },
  ]);
  const other = find('b');
  relocate(database, [{ from: '/old', to: '/new place' }], '/nowhere');
  expect(find('a')?.run).toEqual({
    prepared: {
      ...{ output: '/new place/outputs/a', toldOutput: '/old/outputs/a', ownOutput: true },
      ...{ log: '/new place/outputs/a/log', before: [] },
    },
    handle: {
      ...{ backend: 'ray', id: 'evald-1' },
      ...{ state: '/new place/runs/a/1', log: '/new place/outputs/a/log' },
    },
  });
  expect(find('a')?.outcome).toEqual({
    ...outcome,
    log: '/new place/outputs/a/log',
    partial: {
      ...outcome.partial,
      result: {
        m: { results: '/new place/outputs/a/r.json', samples: ['/new place/outputs/a/s.jsonl', '/older/s.jsonl'] },
      },
    },
  });
  expect(find('b')).toEqual(other);
  expect(events(0, 100).flatMap(({ data }) => data['log'] ?? [])).toEqual([
    '/new place/outputs/a/log',
    '/older/outputs/b/log',
  ]);
  // Moved twice, its program was still given the first path.
  relocate(database, [{ from: '/new place', to: '/old' }], '/nowhere');
  relocate(database, [{ from: '/old', to: '/third' }], '/nowhere');
  expect(find('a')?.run?.prepared).toMatchObject({ output: '/third/outputs/a', toldOutput: '/old/outputs/a' });
});

test('what a run without a record is found by is moved with it, and nothing else in its folder is touched', async () => {
  const folder = await temporaryFolder();
  const { database } = journalWith([submitted('a'), started('a')]);
  const state = join(folder, 'runs', 'a', '1');
  mkdirSync(state, { recursive: true });
  writeFileSync(join(state, 'prepared.json'), JSON.stringify({ output: '/old/outputs/a', log: '/old/outputs/a/log' }));
  writeFileSync(join(state, 'ray.json'), JSON.stringify({ handle: { state: '/old/runs/a/1' } }));
  writeFileSync(join(state, 'config.json'), '/old/outputs');
  relocate(database, [{ from: '/old', to: folder }], folder);
  const read = (name: string) => readFileSync(join(state, name), 'utf8');
  expect(JSON.parse(read('prepared.json'))).toEqual({
    ...{ output: `${folder}/outputs/a`, log: `${folder}/outputs/a/log`, toldOutput: '/old/outputs/a' },
  });
  expect(JSON.parse(read('ray.json'))).toEqual({ handle: { state: `${folder}/runs/a/1` } });
  expect(read('config.json')).toBe('/old/outputs');
});

test('a file that replaces the note of a run is left alone, and no start fails or waits for it', async () => {
  const folder = await temporaryFolder();
  const { database } = journalWith([submitted('a'), started('a')]);
  const place = (number: number) => join(folder, 'runs', 'a', String(number), 'prepared.json');
  for (let number = 1; number <= 5; number++) mkdirSync(join(place(number), '..'), { recursive: true });
  const outside = join(folder, 'outside');
  writeFileSync(outside, JSON.stringify({ output: '/old/outputs/a' }));
  symlinkSync(outside, place(1));
  execFileSync('mkfifo', [place(2)]);
  linkSync(outside, place(3));
  writeFileSync(place(4), '"/old/outputs');
  writeFileSync(place(5), JSON.stringify({ output: '/old/outputs/a' }));
  // Nor is what it lies in wait with written to.
  symlinkSync(outside, `${place(5)}.moved`);
  relocate(database, [{ from: '/old', to: '/new' }], folder);
  expect(JSON.parse(readFileSync(outside, 'utf8'))).toEqual({ output: '/old/outputs/a' });
  expect(JSON.parse(readFileSync(place(5), 'utf8'))).toMatchObject({ output: '/new/outputs/a' });
});

test('a move away from a run that may go on in an engine is refused until its end is recorded, and works by a link', async () => {
  const above = await temporaryFolder();
  const [old, moved] = [join(above, 'old'), join(above, 'moved')];
  const begun = await openSqliteJournal(old);
  await begun.append([submitted('a'), started('a'), launched('a', old)]);
  await begun.close();
  mkdirSync(join(old, 'runs/a/1'), { recursive: true });
  renameSync(old, moved);
  const open = async () => (await openSqliteJournal(moved, { isAlive: mayContinue })).close();
  await expect(open()).rejects.toThrow(`it was moved from ${old}, and the run of job a goes on and writes there`);
  symlinkSync(moved, old);
  await open();
  rmSync(old);
  await expect(open()).rejects.toThrow('move it back until it has ended');
  writeFileSync(join(moved, 'runs/a/1/exit'), '0 12.50\n');
  await open();
});
