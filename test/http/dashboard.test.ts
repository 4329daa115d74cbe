import { readdirSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { createTestApp } from './fakes.ts';

const { app } = createTestApp();

/** Bytes of the page and the parts that it names, as a browser gets them when it is opened. */
const MOST = 150_000;
/** Bytes of all parts that are fetched when a view is opened that needs them: those that show scores, and what draws plots. */
const MOST_LATER = 55_000;

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

/** Reads a part as a browser gets it, and says how many bytes it has. */
async function sizeOf(name: string): Promise<number> {
  const [compressed, plain] = await Promise.all([read(name, 'gzip, br'), read(name, 'identity')]);
  expect([compressed.headers.get('content-encoding'), plain.headers.get('content-encoding')]).toEqual(['gzip', null]);
  expect(compressed.headers.get('vary')).toContain('Accept-Encoding');
  expect(gunzipSync(compressed.bytes).equals(plain.bytes)).toBe(true);
  return compressed.bytes.length;
}

const sum = (sizes: readonly number[]): number => sizes.reduce((all, size) => all + size, 0);

test('the parts of the page come compressed to a browser that takes that, the same text as to another, all that it opens with in less than 150 KB', async () => {
  const { page, names } = await parts();
  expect(page.bytes.length + sum(await Promise.all(names.map(sizeOf)))).toBeLessThan(MOST);
});

test('what views of scores and their plots need comes later, in less than 55 KB, and is not what the page opens with', async () => {
  const { names } = await parts();
  const built = new URL('../../dist/dashboard/assets/', import.meta.url);
  const later = readdirSync(built)
    .map((name) => `/assets/${name}`)
    .filter((name) => !names.includes(name));
  expect(later.map((name) => name.replace(/-[\w-]+\./, '.'))).toEqual(
    expect.arrayContaining([
      '/assets/Scores.js',
      '/assets/Compare.js',
      '/assets/Leaderboard.js',
      '/assets/drawPlot.js',
    ]),
  );
  expect(sum(await Promise.all(later.map(sizeOf)))).toBeLessThan(MOST_LATER);
  const opening = await Promise.all(names.map(async (name) => (await read(name, 'identity')).bytes.toString()));
  expect(opening.some((text) => text.includes('uplot'))).toBe(false);
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
