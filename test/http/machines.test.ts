import { createConnection } from 'node:net';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createMachine } from 'xstate';
import type { SchedulerPort } from '../../src/http/dependencies.ts';
import { listen } from '../../src/listening/listen.ts';
import { readChart, statesOf } from '../../src/machines/chart.ts';
import { charts } from '../../src/machines/charts.ts';
import {
  liveStatesSchema,
  machineNames,
  machinesSchema,
  type TransitionReport,
  transitionReportSchema,
} from '../../src/schemas/server/machines.ts';
import { submit } from '../support/jobs/client.ts';
import { eventsOf } from '../support/requests/eventSource.ts';
import { startServer, type TestServer } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';
import { createFakeScheduler, createTestApp } from './fakes.ts';

const browser = { Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
const report: TransitionReport = {
  at: '2026-11-24T02:06:04.123+00:00',
  machine: 'scheduler',
  actor: 'scheduler',
  job_id: null,
  event: 'queue.paused',
  from: 'dispatch.idle',
  to: 'dispatch.paused',
  transition: 'dispatch.idle--queue.paused--dispatch.paused',
  states: ['intake.open', 'dispatch.paused', 'readiness.idle'],
};

/** The app over a scheduler whose transitions a test tells. */
function createToldApp() {
  const listeners = new Set<(report: TransitionReport) => void>();
  const closing = new AbortController();
  const scheduler: SchedulerPort = {
    ...createFakeScheduler(),
    observeTransitions: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const { app } = createTestApp({ scheduler, closing: closing.signal });
  const tell = () => {
    for (const listener of listeners) listener(report);
  };
  return { app, listeners, closing, tell };
}

describe('the charts', () => {
  const { app } = createTestApp();

  test('the charts are JSON for programs, and each is the machine that runs', async () => {
    for (const headers of [{}, { Accept: '*/*' }, { Accept: 'application/json' }]) {
      const answer = await app.request('/machines', { headers });
      expect(answer.headers.get('content-type')).toContain('application/json');
      const { machines } = machinesSchema.parse(await answer.json());
      expect(machines.map(({ name }) => name)).toEqual(machineNames);
      for (const { name, svg, mermaid, json, machine } of machines) {
        // The names of the machine's parts are all there: made again from the JSON, it has the same chart.
        const again = statesOf(readChart(createMachine(Object(machine))));
        const original = statesOf(readChart(charts[name]));
        expect(again.map(({ path }) => path)).toEqual(original.map(({ path }) => path));
        expect(again.flatMap(({ transitions }) => transitions.map(({ id }) => id))).toEqual(
          original.flatMap(({ transitions }) => transitions.map(({ id }) => id)),
        );
        for (const path of [svg, mermaid, json]) expect((await app.request(`/${path}`)).status).toBe(200);
        expect(await (await app.request(`/${json}`)).json()).toEqual(machine);
      }
    }
  });

  test('the charts lead a browser to the page for people, below the path of a proxy too, and to the job that it asked for', async () => {
    for (const [path, location] of [
      ['/machines', './#/charts'],
      ['/machines?job=a%20b%26c', './#/charts?job=a+b%26c'],
    ] as const) {
      const answer = await app.request(path, { headers: browser });
      expect([answer.status, answer.headers.get('location')]).toEqual([307, location]);
      expect(answer.headers.get('vary')).toBe('Accept');
    }
    // As a browser resolves it.
    expect(new URL('./#/charts', 'https://example.org/evald/machines').href).toBe('https://example.org/evald/#/charts');
  });

  test.each(['svg', 'outline.svg'])('the charts have every state and arrow once in each drawing: .%s', async (kind) => {
    for (const [name, machine] of Object.entries(charts)) {
      const text = await (await app.request(`/machines/${name}.${kind}`)).text();
      const ids = [...text.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
      expect(new Set(ids).size).toBe(ids.length);
      for (const { path, transitions } of statesOf(readChart(machine))) {
        expect(ids).toContain(`state-${path}`);
        for (const { id, to } of transitions) if (to !== null) expect(ids).toContain(`transition-${id}`);
      }
    }
  });

  test.each([
    ['job.svg', 'image/svg+xml', '<svg'],
    ['job.outline.svg', 'image/svg+xml', '<svg'],
    ['system.svg', 'image/svg+xml', '<svg'],
    ['runner.mmd', 'text/plain; charset=utf-8', 'stateDiagram-v2'],
    ['scheduler.json', 'application/json', '{"id":"scheduler"'],
  ])('the charts are documents of their own: %s', async (name, media, beginning) => {
    const answer = await app.request(`/machines/${name}`);
    expect(answer.headers.get('content-type')).toBe(media);
    expect((await answer.text()).startsWith(beginning)).toBe(true);
  });

  test.each([
    'nosuch.svg',
    'job.png',
    'system.json',
    'system.outline.svg',
    'page.js',
    'outline%2fjob.svg',
    '..%2fpackage.json',
    'toString',
  ])('the charts are no other documents: %s', async (name) => {
    expect((await app.request(`/machines/${name}`)).status).toBe(404);
  });
});

describe('a stream of transitions', () => {
  test('a stream of transitions begins with the state, and continues with what happens', async () => {
    const { app, tell, listeners } = createToldApp();
    const answer = await app.request('/machines/live/events');
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toMatch(/^retry: \d+\n\n$/);
    expect((await reader?.read())?.value).toMatch(/^event: live\ndata: \{.*\}\n\n$/);
    tell();
    expect((await reader?.read())?.value).toBe(`event: transition\ndata: ${JSON.stringify(report)}\n\n`);
    await reader?.cancel();
    expect(listeners.size).toBe(0);
  });

  test('a stream of transitions sends a sign of life every 15 seconds', async () => {
    vi.useFakeTimers();
    try {
      const { app } = createToldApp();
      const reader = (await app.request('/machines/live/events')).body
        ?.pipeThrough(new TextDecoderStream())
        .getReader();
      for (const first of [/^retry:/, /^event: live/]) expect((await reader?.read())?.value).toMatch(first);
      const next = reader?.read();
      await vi.advanceTimersByTimeAsync(15_000);
      expect((await next)?.value).toBe(': \n\n');
      await reader?.cancel();
    } finally {
      vi.useRealTimers();
    }
  });

  test('a stream of transitions ends with the server', async () => {
    const { app, closing, listeners } = createToldApp();
    const answer = await app.request('/machines/live/events');
    closing.abort();
    expect(await answer.text()).toMatch(/^retry: \d+\n\nevent: live\n/);
    expect(listeners.size).toBe(0);
  });

  test('a client has at most 16 streams of transitions; one more is refused for later, and accepted when there is room', async () => {
    const { app } = createToldApp();
    const open = await Promise.all(Array.from({ length: 16 }, () => app.request('/machines/live/events')));
    const refused = await app.request('/machines/live/events');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10']);
    expect(await refused.json()).toEqual({
      detail: expect.stringContaining('16 streams of transitions of yours are open'),
    });
    await open[0]?.body?.cancel();
    expect((await app.request('/machines/live/events')).status).toBe(200);
  });

  test('a stream of transitions is not opened by a HEAD', async () => {
    const { app, listeners } = createToldApp();
    for (let n = 0; n < 40; n++) {
      expect((await app.request('/machines/live/events', { method: 'HEAD' })).status).toBe(200);
    }
    expect(listeners.size).toBe(0);
  });

  test('a stream of transitions is cut when its reader does not read, and others go on', async () => {
    const { app, tell, listeners } = createToldApp();
    const server = await listen(app.fetch, ['127.0.0.1'], 0);
    const socket = createConnection(server.port, '127.0.0.1').pause();
    try {
      socket.write('GET /machines/live/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await eventually(() => listeners.size === 1);
      const leaving = new AbortController();
      const read: string[] = [];
      const reading = (async () => {
        for await (const { event } of eventsOf(
          `http://127.0.0.1:${server.port}/machines/live/events`,
          leaving.signal,
        )) {
          read.push(event);
        }
      })().catch(() => {});
      await eventually(() => listeners.size === 2);
      let reported = 0;
      // Whatever the system's own buffers hold: at some point they are full.
      await eventually(() => {
        for (let n = 0; n < 1_000; n++) tell();
        reported += 1_000;
        return listeners.size === 1;
      });
      await eventually(() => read.length === reported + 1);
      leaving.abort();
      await reading;
      await eventually(() => listeners.size === 0);
    } finally {
      socket.destroy();
      await server.close(0);
    }
  });
});

describe('a real server', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ flags: ['--slots', '2'] });
  });
  afterAll(() => server.stop());

  test('a real server streams each transition of its jobs and runners once, in order, and ends its streams when it ends', async () => {
    const { url } = server;
    const events = eventsOf(`${url}/machines/live/events`);
    const first = await events.next();
    expect(first.value).toMatchObject({ event: 'live' });
    expect(liveStatesSchema.parse(first.value?.data).scheduler).toEqual([
      'intake.open',
      'dispatch.idle',
      'readiness.idle',
    ]);

    const quick = { model: 'majority', tasks: ['demo_digits'], limit: 5 };
    const ids = [await submit(url, quick), await submit(url, quick), await submit(url, { ...quick, model: 'nosuch' })];
    const reported: TransitionReport[] = [];
    const ended = () => reported.filter(({ to }) => to === 'completed' || to === 'failed').length;
    for await (const { event, data } of events) {
      expect(event).toBe('transition');
      reported.push(transitionReportSchema.parse(data));
      // By the last end, what runs has settled; the scheduler's way back to idle is reported after it.
      if (ended() === ids.length && reported.at(-1)?.to === 'dispatch.idle') break;
    }
    const pathOf = (machine: string, id: string) =>
      reported
        .filter((report) => report.machine === machine && report.job_id === id)
        .map(({ from, to }) => `${from} ${to}`);
    for (const [i, id] of ids.entries()) {
      expect(pathOf('job', id)).toEqual([
        'null queued',
        'queued running',
        `running ${i === 2 ? 'failed' : 'completed'}`,
      ]);
      expect(pathOf('runner', id).slice(0, 3)).toEqual([
        'entering preparing',
        'preparing launching',
        'launching running',
      ]);
      expect(pathOf('runner', id).slice(-3)).toEqual([
        'running collecting',
        'collecting concluding',
        'concluding settled',
      ]);
      expect(pathOf('runTracker', id)[0]).toBe('entering watching');
      expect(pathOf('runTracker', id).at(-1)).toBe('closing gone');
    }
    expect(reported.map(({ at }) => at)).toEqual(reported.map(({ at }) => at).toSorted());

    const live = liveStatesSchema.parse(await (await fetch(`${url}/machines/live`)).json());
    expect(live).toMatchObject({
      runners: [],
      trackers: [],
      deliveries: [],
      jobs: { queued: 0, running: 0, completed: 2, failed: 1 },
    });

    const last = eventsOf(`${url}/machines/live/events`);
    await last.next();
    const stopped = server.stop();
    const farewell: string[] = [];
    for await (const { data } of last) farewell.push(transitionReportSchema.parse(data).to);
    expect(farewell).toEqual(['intake.closed.stopping']);
    expect(await stopped).toBe(0);
  });
});
