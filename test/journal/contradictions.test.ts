import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { JournalContradiction, type Transition } from '../../src/machines/ports/journal.ts';
import { cancelled, completed, launched, started, submitted } from './lives.ts';
import { temporaryJournal } from './temporaryJournal.ts';

describe('a transition that contradicts the journal', () => {
  test.each<[string, Transition]>([
    ['a start of an unknown job', started('nobody')],
    ['a start of a job that runs', started('running')],
    ['a cancellation of a job that runs', cancelled('running')],
    ['an end of a job that has ended', completed('ended')],
    ['a submission of a job that is there', submitted('ended')],
  ])('a transition that contradicts the journal is refused as such: %s', async (_, transition) => {
    const { journal } = await temporaryJournal();
    await journal.append([submitted('ended'), started('ended'), completed('ended')]);
    await journal.append([submitted('running'), started('running')]);
    const last = journal.lastEvent();
    await expect(journal.append([submitted('other'), transition])).rejects.toBeInstanceOf(JournalContradiction);
    expect(journal.lastEvent()).toBe(last);
    expect(journal.find('other')).toBeUndefined();
  });

  test('a transition that contradicts the journal is told apart from a disk that cannot be written', async () => {
    const { journal, dataDir } = await temporaryJournal();
    await journal.append([submitted('a')]);
    const other = new DatabaseSync(join(dataDir, 'journal.db'));
    other.exec('BEGIN IMMEDIATE');
    const fault = await journal.append([started('a')]).catch((error: unknown) => error);
    expect(fault).toMatchObject({ message: 'database is locked' });
    expect(fault).not.toBeInstanceOf(JournalContradiction);
    other.exec('ROLLBACK');
    other.close();
    await journal.append([started('a')]);
    expect(journal.find('a')).toMatchObject({ status: 'running' });
  });
});

describe('a launch that is recorded late', () => {
  test.each<[string, Transition[]]>([
    ['after the end of its job', [started('a'), completed('a')]],
    ['after its job was cancelled', [cancelled('a')]],
  ])('a launch that is recorded late, %s, changes nothing, and what is recorded with it is kept', async (_, end) => {
    const { journal } = await temporaryJournal();
    await journal.append([submitted('a'), ...end]);
    const before = [journal.find('a'), journal.lastEvent()];
    await journal.append([launched('a')]);
    expect([journal.find('a'), journal.lastEvent()]).toEqual(before);
    await journal.append([launched('a'), submitted('b')]);
    expect(journal.find('b')).toMatchObject({ status: 'queued' });
  });

  test('a launch that is recorded after its job was forgotten changes nothing', async () => {
    const { journal } = await temporaryJournal();
    await journal.append([submitted('a'), started('a'), completed('a')]);
    expect(await journal.forget(['a'])).toBe(1);
    await journal.append([launched('a')]);
    expect(journal.events(0, 10).map(({ type }) => type)).toEqual(['completed']);
  });

  test('a launch that is recorded of a job that still waits is a contradiction', async () => {
    const { journal } = await temporaryJournal();
    await journal.append([submitted('a')]);
    await expect(journal.append([launched('a')])).rejects.toBeInstanceOf(JournalContradiction);
  });
});
