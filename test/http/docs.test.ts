import { expect, test } from 'vitest';
import { createTestApp } from './fakes.ts';

const { app } = createTestApp();

test('the address of the interface leads to where the page for people shows it, below the path of a proxy too', async () => {
  const answer = await app.request('/docs');
  expect([answer.status, answer.headers.get('location')]).toEqual([307, './#/api']);
  expect(new URL('./#/api', 'https://example.org/evald/docs').href).toBe('https://example.org/evald/#/api');
});

test('the interface has no page beside that one', async () => {
  for (const path of ['/docs/page.js', '/docs/page.html', '/docs/x']) {
    expect((await app.request(path)).status).toBe(404);
  }
});
