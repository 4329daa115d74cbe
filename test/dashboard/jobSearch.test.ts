import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isUnfiltered, readView, viewKey, viewQuery } from '../../src/dashboard/views/jobs/filters.ts';
import { readSearch, searchText } from '../../src/dashboard/views/jobs/search.ts';

test.each([
  ['status:failed cuda  oom', { status: 'failed', q: 'cuda oom' }],
  ['STATUS:f', { status: 'failed' }],
  ['label:run=r7 label:step:3', { label: 'run:r7', q: 'step:3' }],
  ['label:run:"my run" by:alice', { label: 'run:my run', submitted_by: 'alice' }],
  ['model:llava model:qwen', { model: 'llava', q: 'qwen' }],
  ['task:mmmu_val "status:failed"', { task: 'mmmu_val', q: 'status:failed' }],
  ['run:r7 /ckpt/a', { q: 'run:r7 /ckpt/a' }],
  ['model:"a \\"b\\" c', { model: 'a "b" c' }],
  ['status: by:', {}],
])('the search %j asks for %j', (text, filters) => {
  expect(readSearch(text)).toEqual({ filters, hints: [] });
});

test('a search that cannot be followed yet says what is missing, and filters by the rest', () => {
  expect(readSearch('status:c label:run cuda')).toEqual({
    filters: { q: 'cuda' },
    hints: [expect.stringContaining('queued, running, completed'), expect.stringContaining('label:run:r7')],
  });
});

test('a search for more than the server takes says so, and searches for the first of it', () => {
  expect(readSearch('a '.repeat(11))).toEqual({
    filters: { q: 'a a a a a a a a a a' },
    hints: [expect.stringContaining('10')],
  });
  expect(readSearch(`b ${'a'.repeat(200)}`)).toEqual({ filters: { q: 'b' }, hints: [expect.stringContaining('200')] });
});

const texts = fc.array(
  fc.string({ minLength: 1, unit: 'binary' }).filter((text) => /^\S+$/.test(text)),
  { minLength: 1, maxLength: 4 },
);
const value = fc.string({ minLength: 1, unit: 'binary' }).filter((text) => text.trim() === text && text !== '');
const views = fc.record(
  {
    status: fc.constantFrom('queued', 'running', 'completed', 'failed', 'cancelled'),
    model: value,
    task: value,
    label: fc.tuple(fc.stringMatching(/^[\w./-]+$/), value).map(([name, is]) => `${name}:${is}`),
    submitted_by: value,
    q: texts.map((each) => each.join(' ')),
  },
  { requiredKeys: [] },
);

test('what is filtered by is the same after it stood in the search box, and after it stood in the address', () => {
  fc.assert(
    fc.property(views, fc.constantFrom('newest', 'oldest'), (filters, order) => {
      expect(readSearch(searchText(filters))).toEqual({ filters, hints: [] });
      const view = { ...filters, order };
      const entries = Object.entries(viewQuery(view)).flatMap(([name, text]) =>
        text === undefined ? [] : [[name, text]],
      );
      expect(viewKey(readView(new URLSearchParams(new URLSearchParams(entries).toString())))).toBe(viewKey(view));
    }),
  );
});

test('an address that no filter can be read from lists all jobs', () => {
  const view = readView(new URLSearchParams('status=lost&label=run&order=best&q=++'));
  expect([view.order, isUnfiltered(view)]).toEqual(['newest', true]);
});
