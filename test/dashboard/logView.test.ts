import { expect, test } from 'vitest';
import { ClientError } from '../../src/client/index.ts';
import { createLogView, type LogState } from '../../src/dashboard/views/job/log/logView.ts';
import type { LogSource } from '../../src/dashboard/views/job/log/source.ts';

const LINE = 'a line of sixteen';
const log = Buffer.from(`${LINE}\n`.repeat(5_000_000));

/** A log in memory, of which the parts from a byte on do not come until they are given up, or are refused. */
function sourceOf(from: number, unlessThen: 'waits' | 'fails'): LogSource {
  const read = async (start: number, end: number) => new Uint8Array(log.subarray(start, end));
  return {
    size: log.length,
    measure: async () => log.length,
    read,
    stream: (start, end, signal) => {
      if (start < from) return read(start, end);
      if (unlessThen === 'fails') return Promise.reject(new ClientError({ code: 'timedOut' }, 'It took too long'));
      return new Promise((_, reject) => {
        const giveUp = () => reject(new ClientError({ code: 'interrupted' }, 'It was given up'));
        if (signal?.aborted) giveUp();
        else signal?.addEventListener('abort', giveUp);
      });
    },
  };
}

/** A view, and its states as they come. */
function viewOf(source: LogSource) {
  let last: LogState | null = null;
  const listeners = new Set<() => void>();
  const view = createLogView(source, (state) => {
    last = state;
    for (const listener of [...listeners]) listener();
  });
  const when = (isSo: (state: LogState) => boolean) =>
    new Promise<LogState>((resolve) => {
      const look = () => {
        if (last === null || !isSo(last)) return;
        listeners.delete(look);
        resolve(last);
      };
      listeners.add(look);
      look();
    });
  return { view, when };
}

const end = { line: null, byte: null, error: false, text: '', follow: true };

test('a way to a line of a long log that is given up for its end leaves no count behind, and lines can be numbered', async () => {
  const { view, when } = viewOf(sourceOf(8_000_000, 'waits'));
  await view.open(end);
  const way = view.toLine(4_000_000);
  await when(({ counted }) => counted !== null);
  await view.toEnd();
  await way;
  await when(({ counted, isFollowing }) => counted === null && isFollowing);
  view.close();
});

test('a count of the lines of a log that fails is over, and says why', async () => {
  const { view, when } = viewOf(sourceOf(8_000_000, 'fails'));
  await view.open(end);
  await view.number();
  const { counted } = await when(({ error }) => error !== null);
  expect(counted).toBe(null);
  view.close();
});
