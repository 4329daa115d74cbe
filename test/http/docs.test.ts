import { expect, test } from 'vitest';
import { docsPath } from '../../src/schemas/server/paths.ts';
import { createTestApp } from './fakes.ts';

const { app } = createTestApp();
const parts = docsPath.shape.file.options;

async function get(path: string) {
  const answer = await app.request(path);
  return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
}

test('the page of the interface and all it needs come from this server', async () => {
  const page = await get('/docs');
  expect(page).toMatchObject({ status: 200, type: expect.stringMatching(/^text\/html/) });
  const needed = [...page.text.matchAll(/(?:src|href)="([^"]*)"/g)].flatMap(([, url]) => url ?? []);
  expect(new Set(needed)).toEqual(new Set(['machines/icon.svg', 'docs/page.css', 'docs/page.js', 'openapi.json']));
  for (const name of parts) {
    const type = name.endsWith('.css') ? /^text\/css/ : /^text\/javascript/;
    const part = await get(`/docs/${name}`);
    expect(part).toMatchObject({ status: 200, type: expect.stringMatching(type) });
    for (const [, imported] of part.text.matchAll(/from '\.\/([^']*)'/g)) expect(parts).toContain(imported);
  }
  expect(await get('/docs/page.html')).toMatchObject({ status: 404 });
});

test('no part of the page asks another server, and the page has no script or style of its own', async () => {
  for (const path of ['/docs', ...parts.map((name) => `/docs/${name}`)]) {
    expect((await get(path)).text).not.toMatch(/https?:\/\/|@import|url\(/);
  }
  expect((await get('/docs')).text).not.toMatch(/<script[^>]*>[^<]|<style|\s(on\w+|style)=/);
});

test('no part of the page makes HTML of text, or keeps anything in the browser', async () => {
  for (const name of parts) {
    expect((await get(`/docs/${name}`)).text).not.toMatch(
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|localStorage|sessionStorage|indexedDB|document\.cookie/,
    );
  }
});
