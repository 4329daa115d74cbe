import { appendFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { LoggedJob } from '../../../src/http/streaming/jobLogs.ts';
import { createLogStreams } from '../../../src/http/streaming/logStreams.ts';
import { temporaryFolder } from '../../support/runs/localRun.ts';
import { eventually } from '../../support/waiting/eventually.ts';

/** Feeds of one job, whose state the test sets, and whose log it writes. */
async function setUp() {
  const log = join(await temporaryFolder(), 'log');
  await writeFile(log, 'one\n');
  const job: { now: LoggedJob | undefined } = {
    now: { log, completed_at: null, request: { output_dir: null }, parts: null, attempts: [] },
  };
  const closing = new AbortController();
  const open = createLogStreams(
    () => job.now,
    () => null,
    closing.signal,
  );
  const follow = async (start = 0) => {
    const feed = await open('job');
    const gone = new AbortController();
    const reader = { text: '', ended: false, go: () => gone.abort() };
    const reading = (async () => {
      for await (const chunk of feed.read(start, gone.signal, true)) reader.text += chunk;
      reader.ended = true;
      await feed.leave();
    })();
    return Object.assign(reader, { reading });
  };
  return { log, job, closing, open, follow };
}

test('a stream of a log ends when the job has ended and everything was read', async () => {
  const { log, job, follow } = await setUp();
  const reader = await follow();
  await eventually(() => reader.text === 'one\n');
  await appendFile(log, 'two\n');
  job.now = {
    log,
    completed_at: '2026-11-24T02:06:04.123+00:00',
    request: { output_dir: null },
    parts: null,
    attempts: [],
  };
  await reader.reading;
  expect(reader.text).toBe('one\ntwo\n');
});

test('a stream of a log ends when the job is no longer known, when the server closes, and for a reader that goes', async () => {
  const { job, closing, follow } = await setUp();
  const [goes, stays] = [await follow(), await follow(4)];
  await eventually(() => goes.text === 'one\n');
  goes.go();
  await goes.reading;
  expect(stays.ended).toBe(false);
  closing.abort();
  await stays.reading;
  const late = await follow();
  await late.reading;
  expect(late.text).toBe('one\n');
  job.now = undefined;
  await (await follow()).reading;
});

test('a log that is begun anew is read anew', async () => {
  const { log, job, follow } = await setUp();
  const reader = await follow();
  await eventually(() => reader.text === 'one\n');
  await truncate(log, 0);
  await appendFile(log, 'x\n');
  await eventually(() => reader.text === 'one\nx\n');
  job.now = undefined;
  await reader.reading;
});

test('a job without a log is waited for', async () => {
  const { log, job, follow } = await setUp();
  job.now = { log: null, completed_at: null, request: { output_dir: null }, parts: null, attempts: [] };
  const reader = await follow();
  job.now = { log, completed_at: null, request: { output_dir: null }, parts: null, attempts: [] };
  await eventually(() => reader.text === 'one\n');
  job.now = undefined;
  await reader.reading;
});
