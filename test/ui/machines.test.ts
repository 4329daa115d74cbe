import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { submit } from '../support/jobs/client.ts';
import { endedJob, jobWhen } from '../support/jobs/jobs.ts';
import { chromium, describeWith } from '../support/needs.ts';
import { startReceiver } from '../support/requests/receiver.ts';
import { processesOf } from '../support/runs/processes.ts';
import { complaintsOf, launchBrowser } from '../support/server/browser.ts';
import { startServer, type TestServer } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';

const quick = { model: 'majority', tasks: ['demo_digits'], limit: 5 };
const allow = '--webhook-allow-private';
const endless = { ...quick, model_args: { delay: 3600 } };

type View = NonNullable<Parameters<Browser['newPage']>[0]>;
const laptop: View = { viewport: { width: 1440, height: 900 }, colorScheme: 'light' };

describeWith(chromium, 'the page of the machines', () => {
  let server: TestServer;
  let browser: Browser;
  let pictures: string;
  beforeAll(async () => {
    [server, browser, pictures] = await Promise.all([
      startServer({ flags: [allow] }),
      launchBrowser(),
      mkdtemp(join(tmpdir(), 'evald-machines-')),
    ]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    console.log(`pictures of the page: ${pictures}`);
  });

  async function open(query = '', view = laptop): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.newPage(view);
    const complaints = complaintsOf(page);
    await page.goto(`${server.url}/machines${query}`);
    await page.waitForSelector('#connection[data-state="live"]');
    return { page, complaints };
  }

  /** The innermost lit states of a chart. */
  const litIn = (page: Page, chart: string) =>
    page.$$eval(`#${chart}-chart .lit:not(.compound)`, (states) =>
      states.map(({ id }) => id.replace(/^\w+-state-/, '')),
    );

  const countsIn = (page: Page) =>
    page.$$eval('#job-chart .state', (states) =>
      Object.fromEntries(
        states.map((state) => [state.id.slice('job-state-'.length), state.querySelector('.badge')?.textContent]),
      ),
    );

  async function startEndless(): Promise<string> {
    const jobId = await submit(server.url, endless);
    await jobWhen(server.url, jobId, ({ progress }) => progress !== null);
    return jobId;
  }

  async function endRun(jobId: string): Promise<void> {
    for (const pid of await processesOf(`lmms_eval_${jobId}`)) process.kill(pid, 'SIGKILL');
    await endedJob(server.url, jobId);
  }

  test('the page of the machines lights the states the machines are in, and counts jobs, while they run', async () => {
    const { page, complaints } = await open();
    expect((await litIn(page, 'scheduler')).sort()).toEqual(['dispatch.idle', 'intake.open', 'readiness.idle']);
    expect(await litIn(page, 'runner')).toEqual([]);
    expect(await countsIn(page)).toEqual({ queued: '0', running: '0', completed: '0', failed: '0', cancelled: '0' });

    const token = page.waitForSelector('#job-chart .token', { state: 'attached' });
    const running = await startEndless();
    expect(await (await token).textContent()).toBe(running.slice(0, 8));
    const [next, last] = [await submit(server.url, quick), await submit(server.url, quick)];
    await fetch(`${server.url}/jobs/${last}`, { method: 'DELETE' });
    await eventually(async () => (await countsIn(page))['cancelled'] === '1');
    expect(await countsIn(page)).toEqual({ queued: '1', running: '1', completed: '0', failed: '0', cancelled: '1' });
    expect((await litIn(page, 'job')).sort()).toEqual(['queued', 'running']);
    expect((await litIn(page, 'scheduler')).sort()).toEqual(['dispatch.busy', 'intake.open', 'readiness.idle']);
    expect(await litIn(page, 'runner')).toEqual(['running.working']);
    expect((await page.screenshot({ path: join(pictures, 'light.png') })).length).toBeGreaterThan(50_000);

    await endRun(running);
    await endedJob(server.url, next);
    await eventually(async () => (await countsIn(page))['completed'] === '1');
    expect(await countsIn(page)).toEqual({ queued: '0', running: '0', completed: '1', failed: '1', cancelled: '1' });
    expect(await litIn(page, 'job')).toEqual([]);
    await eventually(async () => (await litIn(page, 'runner')).length === 0);
    await eventually(async () => (await litIn(page, 'scheduler')).includes('dispatch.idle'));

    const ticker = await page.$$eval('#ticker li', (lines) => lines.map(({ textContent }) => textContent));
    for (const line of [
      /job\w{8}● → queuedjob\.submit/,
      /runner\w{8}launching → runninglaunch done/,
      /job\w{8}running → failedjob\.fail/,
    ]) {
      expect(ticker).toContainEqual(expect.stringMatching(line));
    }
    expect(complaints).toEqual([]);
  });

  test('the page of the machines lights the webhook that is being posted, until its receiver has it', async () => {
    let answer = () => {};
    const receiver = await startReceiver({
      answer: (response) => {
        answer = () => response.writeHead(204).end();
      },
    });
    const { page, complaints } = await open();
    expect(await litIn(page, 'delivery')).toEqual([]);
    const jobId = await submit(server.url, { ...quick, callback_url: receiver.url });
    await eventually(async () => (await litIn(page, 'delivery')).includes('posting'));
    const later = await open();
    expect(await litIn(later.page, 'delivery')).toEqual(['posting']);
    await page.screenshot({ path: join(pictures, 'delivery.png'), fullPage: true });
    await eventually(() => receiver.posts.length === 1);
    answer();
    for (const one of [page, later.page]) await eventually(async () => (await litIn(one, 'delivery')).length === 0);
    const ticker = await page.$$eval('#ticker li', (lines) => lines.map(({ textContent }) => textContent));
    expect(ticker).toContainEqual(expect.stringMatching(`delivery${jobId.slice(0, 8)}recording.writing → delivered`));
    expect(complaints).toEqual([]);
  });

  test('the page of the machines shows one job alone: its path, with the times on its arrows', async () => {
    const jobId = await submit(server.url, quick);
    const job = await endedJob(server.url, jobId);
    const { page, complaints } = await open(`?job=${jobId}`);
    const visited = await page.$$eval('#job-chart .visited', (elements) => elements.map(({ id }) => id));
    expect(visited.sort()).toEqual([
      'job-initial-job',
      'job-state-completed',
      'job-state-queued',
      'job-state-running',
      'job-transition-queued--job.start--running',
      'job-transition-running--job.complete--completed',
    ]);
    const times = await page.$$eval('#job-chart .time', (texts) => texts.map(({ textContent }) => textContent));
    expect(times).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\d$/),
      ...Array(2).fill(expect.stringMatching(/^\d\d:\d\d:\d\d \+[\d.]+ m?s$/)),
    ]);
    const took = Date.parse(String(job.completed_at)) - Date.parse(String(job.started_at));
    expect(times.at(-1)).toContain(took < 1_000 ? `+${took} ms` : `+${(took / 1_000).toFixed(1)} s`);
    expect(await page.textContent('#job')).toContain(jobId);
    await page.screenshot({ path: join(pictures, 'job.png') });

    const nobody = await open('?job=nosuch');
    expect(await nobody.page.textContent('#job')).toContain('Job nosuch not found');
    expect(complaints).toEqual([]);
  });

  test.each<[string, View]>([
    ['dark', { ...laptop, colorScheme: 'dark' }],
    ['narrow', { viewport: { width: 390, height: 844 }, colorScheme: 'light' }],
    ['narrow-dark', { viewport: { width: 390, height: 844 }, colorScheme: 'dark' }],
  ])('the page of the machines is as wide as the window: %s', async (name, view) => {
    const { page, complaints } = await open('', view);
    await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
    expect(await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    expect(complaints).toEqual([]);
  });

  test('the page of the machines moves nothing for a user who wants no motion', async () => {
    const { page } = await open('', { ...laptop, reducedMotion: 'reduce' });
    const arrow = page.waitForSelector('#job-initial-job.taken', { state: 'attached' });
    const jobId = await submit(server.url, quick);
    await arrow;
    expect(await page.$$('.token')).toEqual([]);
    await endedJob(server.url, jobId);
  });

  test('the page of the machines comes back by itself when the server does', async () => {
    const { page } = await open();
    const { port } = new URL(server.url);
    await server.kill();
    await page.waitForSelector('#connection[data-state="connecting"]');
    server = await startServer({ dataDir: server.dataDir, flags: ['--port', port, allow] });
    await page.waitForSelector('#connection[data-state="live"]');
    const jobId = await submit(server.url, quick);
    await endedJob(server.url, jobId);
    await eventually(async () => (await page.textContent('#ticker'))?.includes(jobId.slice(0, 8)));
  });
});
