import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { createTestApp } from './fakes.ts';

const { app } = createTestApp();

/** Bytes of the page and its parts, as a browser gets them. */
const MOST = 150_000;

async function read(path: string, encoding: string) {
  const answer = await app.request(path, { headers: { 'accept-encoding': encoding } });
  return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) };
}

/** The page, and what it names. */
async function parts() {
  const page = await read('/', 'gzip');
  const names = [...page.bytes.toString().matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map(
    ([, name]) => `/${name}`,
  );
  return { page, names };
}

test('the page names only parts of its own, which a browser may keep for good, and asks for itself each time', async () => {
  const { page, names } = await parts();
  expect(page.status).toBe(200);
  expect(page.headers.get('cache-control')).toBe('no-cache');
  expect(names.map((name) => name.replace(/-[\w-]+\./, '.')).sort()).toEqual([
    '/assets/icon.svg',
    '/assets/index.css',
    '/assets/index.js',
  ]);
  for (const name of names) {
    const { status, headers } = await read(name, 'gzip');
    expect([status, headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable']);
  }
  // Not one script, style or address of elsewhere in it.
  const text = page.bytes.toString();
  expect(text).not.toMatch(/<script(?![^>]*\ssrc="\.\/)|<style|\sstyle=|\son\w+=|https?:/);
});

test('the parts of the page come compressed to a browser that takes that, the same text as to another, all in less than 150 KB', async () => {
  const { page, names } = await parts();
  let sent = page.bytes.length;
  for (const name of names) {
    const [compressed, plain] = await Promise.all([read(name, 'gzip, br'), read(name, 'identity')]);
    expect([compressed.headers.get('content-encoding'), plain.headers.get('content-encoding')]).toEqual(['gzip', null]);
    expect(compressed.headers.get('vary')).toContain('Accept-Encoding');
    expect(gunzipSync(compressed.bytes).equals(plain.bytes)).toBe(true);
    sent += compressed.bytes.length;
  }
  expect(sent).toBeLessThan(MOST);
});

test.each([
  '/assets/',
  '/assets/nosuch.js',
  '/assets/..%2findex.html',
  '/assets/%2e%2e%2findex.html',
  '/assets/index.html',
])('nothing but the parts of the page is served beside it: %s is not found', async (path) => {
  expect((await read(path, 'identity')).status).toBe(404);
});
