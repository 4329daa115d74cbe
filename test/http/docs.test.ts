import { afterEach, expect, test, vi } from 'vitest';
import { operations } from '../../src/http/app.ts';
import { createTestApp } from './fakes.ts';

const { app } = createTestApp();
afterEach(() => vi.unstubAllGlobals());

async function get(path: string) {
  const answer = await app.request(path);
  return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
}

test('the page and all it needs come from this server', async () => {
  const page = await get('/docs');
  expect(page).toMatchObject({ status: 200, type: expect.stringMatching(/^text\/html/) });
  const needed = [...page.text.matchAll(/(?:src|href)="([^"]*)"/g)].flatMap(([, url]) => url ?? []);
  expect(new Set(needed)).toEqual(new Set(['machines/icon.svg', 'docs/page.css', 'docs/page.js', 'openapi.json']));
  expect(await get('/docs/page.js')).toMatchObject({ status: 200, type: expect.stringMatching(/^text\/javascript/) });
  expect(await get('/docs/page.css')).toMatchObject({ status: 200, type: expect.stringMatching(/^text\/css/) });
});

test('nothing of it asks another server, and the page has no script of its own', async () => {
  for (const path of ['/docs', '/docs/page.js', '/docs/page.css']) {
    expect((await get(path)).text).not.toMatch(/https?:\/\/|@import|url\(/);
  }
  expect((await get('/docs')).text).not.toMatch(/<script[^>]*>[^<]|<style|\son\w+=/);
});

/** As much of a page as the script touches: elements with children, and their text. */
class FakeElement {
  tag: string;
  children: (FakeElement | string)[] = [];
  listeners = new Map<string, (event: object) => unknown>();
  value = '';
  textContent = '';

  constructor(tag: string) {
    this.tag = tag;
  }
  append(...children: (FakeElement | string)[]) {
    this.children.push(...children);
  }
  replaceChildren(...children: (FakeElement | string)[]) {
    this.children = children;
  }
  setAttribute() {}
  addEventListener(type: string, listener: (event: object) => unknown) {
    this.listeners.set(type, listener);
  }
  get text(): string {
    return this.children.map((child) => (typeof child === 'string' ? child : child.text)).join(' ');
  }
  find(tag: string): FakeElement[] {
    const elements = this.children.filter((child) => child instanceof FakeElement);
    return elements.flatMap((child) => [...(child.tag === tag ? [child] : []), ...child.find(tag)]);
  }
}

test('the page lists every operation, and sends what one fills in', async () => {
  const main = new FakeElement('main');
  const about = new FakeElement('p');
  vi.stubGlobal('document', {
    querySelector: (selector: string) => (selector === '#operations' ? main : about),
    createElement: (tag: string) => new FakeElement(tag),
  });
  vi.stubGlobal('fetch', (path: string, init?: RequestInit) => app.request(`/${path}`, init));
  await import(`data:text/javascript,${encodeURIComponent((await get('/docs/page.js')).text)}`);

  expect(about.text).toContain('Version 0.0.0');
  expect(main.children).toHaveLength(operations.length);
  const shown = main.text;
  for (const { path, summary } of operations) {
    expect(shown).toContain(path);
    expect(shown).toContain(summary);
  }
  expect(shown).toContain('integer 1…1024');

  const evaluate = main.find('form')[0];
  const [body, answer] = [evaluate?.find('textarea')[0], evaluate?.find('pre')[0]];
  expect(JSON.parse(body?.value ?? '')).toEqual({ model: 'model', tasks: ['task'] });
  await evaluate?.listeners.get('submit')?.({ preventDefault: () => undefined });
  expect(answer?.textContent).toMatch(/^200 .*"status": "queued"/s);
});
