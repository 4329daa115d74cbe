import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { machineNames } from '../../src/schemas/server/machines.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob, jobWhen } from '../support/jobs/jobs.ts';
import { chromium, describeWith } from '../support/needs.ts';
import { startReceiver } from '../support/requests/receiver.ts';
import { processesOf } from '../support/runs/processes.ts';
import { launchBrowser } from '../support/server/browser.ts';
import { openPage } from '../support/server/page.ts';
import { startServer, type TestServer } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';

const quick = { model: 'majority', tasks: ['demo_digits'], limit: 5 };
const allow = '--webhook-allow-private';
const endless = { ...quick, model_args: { delay: 3600 } };

/** The drawing that is large. */
const LARGE = '.stage-box .drawing';

describeWith(chromium, 'the view Charts', () => {
  let server: TestServer;
  let browser: Browser;
  let pictures: string;
  beforeAll(async () => {
    [server, browser, pictures] = await Promise.all([
      startServer({ flags: [allow] }),
      launchBrowser(),
      mkdtemp(join(tmpdir(), 'evald-charts-')),
    ]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    console.log(`pictures of the page: ${pictures}`);
  });

  async function open(query = '', view: BrowserContextOptions = {}) {
    const opened = await openPage(browser, server, `/charts${query}`, view);
    await opened.page.waitForSelector('.charts[data-live=true]');
    await opened.page.waitForSelector(LARGE);
    return opened;
  }

  async function choose(page: Page, chart: string): Promise<void> {
    await page
      .getByRole('navigation', { name: 'Charts' })
      .getByRole('link', { name: new RegExp(`^${chart} `) })
      .click();
    await page.getByRole('region', { name: `The chart ${chart}` }).waitFor();
  }

  /** The innermost lit states of the chart that is large. */
  const lit = (page: Page) =>
    page.$$eval(`${LARGE} .lit:not(.compound, .parallel)`, (states) =>
      states.map((state) => String(state.getAttribute('data-part')).replace(/^state-/, '')).sort(),
    );

  const counts = (page: Page) =>
    page.$$eval(`${LARGE} .state`, (states) =>
      Object.fromEntries(
        states.map((state) => [
          String(state.getAttribute('data-part')).slice('state-'.length),
          state.querySelector('.badge')?.textContent,
        ]),
      ),
    );

  const ticker = (page: Page) =>
    page.$$eval('.ticker li', (lines) => lines.map(({ textContent }) => String(textContent)));

  const summary = (page: Page, chart: string) =>
    page.locator(`.chart-choice [data-chart=${chart}] .quiet-text`).textContent();

  async function startEndless(): Promise<string> {
    const jobId = await submit(server.url, endless);
    await jobWhen(server.url, jobId, ({ progress }) => progress !== null);
    return jobId;
  }

  async function endRun(jobId: string): Promise<void> {
    for (const pid of await processesOf(`lmms_eval_${jobId}`)) process.kill(pid, 'SIGKILL');
    await endedJob(server.url, jobId);
  }

  test('Charts lights the states that the charts are in, and counts jobs, while they run', async () => {
    const { page, complaints, close } = await open();
    const { page: scheduler } = await open('?chart=scheduler');
    const { page: runner } = await open('?chart=runner');
    expect(await lit(scheduler)).toEqual(['dispatch.idle', 'intake.open', 'readiness.idle']);
    expect(await lit(runner)).toEqual([]);
    expect(await counts(page)).toEqual({ queued: '0', running: '0', completed: '0', failed: '0', cancelled: '0' });

    const token = page.waitForSelector('.token', { state: 'attached' });
    const running = await startEndless();
    expect(await (await token).textContent()).toBe(running.slice(0, 8));
    const [next, last] = [await submit(server.url, quick), await submit(server.url, quick)];
    await fetch(`${server.url}/jobs/${last}`, { method: 'DELETE' });
    await eventually(async () => (await counts(page))['cancelled'] === '1');
    expect(await counts(page)).toEqual({ queued: '1', running: '1', completed: '0', failed: '0', cancelled: '1' });
    expect(await lit(page)).toEqual(['queued', 'running']);
    await eventually(async () => (await lit(scheduler)).includes('dispatch.busy'));
    expect(await lit(scheduler)).toEqual(['dispatch.busy', 'intake.open', 'readiness.idle']);
    await eventually(async () => (await lit(runner)).includes('running.working'));
    // Without choosing a chart one sees what it does: in a few signs, and lit in its small drawing.
    expect(await summary(page, 'job')).toBe('1 running, 1 queued');
    expect(await summary(page, 'scheduler')).toBe('open, busy, idle');
    expect(await summary(page, 'runner')).toBe('1 run');
    expect(await page.locator('.chart-small .lit[data-part="state-running.working"]').count()).toBe(1);
    await page.screenshot({ path: join(pictures, 'light.png') });

    await endRun(running);
    await endedJob(server.url, next);
    await eventually(async () => (await counts(page))['completed'] === '1');
    expect(await counts(page)).toEqual({ queued: '0', running: '0', completed: '1', failed: '1', cancelled: '1' });
    expect(await lit(page)).toEqual([]);
    await eventually(async () => (await lit(runner)).length === 0);
    await eventually(async () => (await lit(scheduler)).includes('dispatch.idle'));

    for (const line of [
      /job \w{8} ● → queued job\.submit/,
      /runner \w{8} launching → running launch done/,
      /job \w{8} running → failed job\.fail/,
    ]) {
      expect(await ticker(page)).toContainEqual(expect.stringMatching(line));
    }
    expect(complaints).toEqual([]);
    await close();
    for (const one of [scheduler, runner]) await one.context().close();
  });

  test('Charts lights the webhook that is being posted, until its receiver has it', async () => {
    let answer = () => {};
    const receiver = await startReceiver({
      answer: (response) => {
        answer = () => response.writeHead(204).end();
      },
    });
    const { page, complaints, close } = await open('?chart=delivery');
    expect(await lit(page)).toEqual([]);
    const jobId = await submit(server.url, { ...quick, callback_url: receiver.url });
    await eventually(async () => (await lit(page)).includes('posting'));
    const later = await open('?chart=delivery');
    expect(await lit(later.page)).toEqual(['posting']);
    await page.screenshot({ path: join(pictures, 'delivery.png'), fullPage: true });
    await eventually(() => receiver.posts.length === 1);
    answer();
    for (const one of [page, later.page]) await eventually(async () => (await lit(one)).length === 0);
    expect(await ticker(page)).toContainEqual(
      expect.stringMatching(`delivery ${jobId.slice(0, 8)} recording.writing → delivered`),
    );
    expect(complaints).toEqual([]);
    await close();
    await later.close();
  });

  test('Charts shows one job alone: its path, with the times on its arrows', async () => {
    const jobId = await submit(server.url, quick);
    const job = await endedJob(server.url, jobId);
    const { page, complaints, close } = await open(`?job=${jobId}`);
    await page.waitForSelector(`${LARGE} .visited`);
    const visited = await page.$$eval(`${LARGE} .visited`, (parts) =>
      parts.map((part) => part.getAttribute('data-part')),
    );
    expect(visited.sort()).toEqual([
      'initial-job',
      'state-completed',
      'state-queued',
      'state-running',
      'transition-queued--job.start--running',
      'transition-running--job.complete--completed',
    ]);
    expect(await lit(page)).toEqual(['completed']);
    const times = await page.$$eval(`${LARGE} .time`, (texts) => texts.map(({ textContent }) => textContent));
    expect(times).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\d$/),
      ...Array(2).fill(expect.stringMatching(/^\d\d:\d\d:\d\d \+[\d.]+ m?s$/)),
    ]);
    const took = Date.parse(String(job.completed_at)) - Date.parse(String(job.started_at));
    expect(times.at(-1)).toContain(took < 1_000 ? `+${took} ms` : `+${(took / 1_000).toFixed(1)} s`);
    const shown = page.getByRole('region', { name: 'The job that is shown' });
    expect(await shown.textContent()).toContain(jobId.slice(0, 8));
    expect(await shown.getByRole('link', { name: 'majority' }).getAttribute('href')).toBe(`#/jobs/${jobId}`);
    await page.screenshot({ path: join(pictures, 'job.png') });
    await shown.getByRole('link', { name: 'All jobs' }).click();
    await eventually(async () => (await counts(page))['completed'] !== undefined);
    expect(await page.locator(`${LARGE}.path`).count()).toBe(0);
    expect(complaints).toEqual([]);
    await close();
  });

  test('Charts follows one job while it runs, and shows nothing of others', async () => {
    const jobId = await startEndless();
    const other = await submit(server.url, quick);
    const { page, close } = await open(`?job=${jobId}`);
    await eventually(async () => (await lit(page)).includes('running'));
    await fetch(`${server.url}/jobs/${other}`, { method: 'DELETE' });
    await endRun(jobId);
    await eventually(async () => (await lit(page)).includes('failed'));
    expect((await ticker(page)).filter((line) => line.includes(other.slice(0, 8)))).toEqual([]);
    expect((await ticker(page)).join()).toContain(jobId.slice(0, 8));
    await close();
  });

  test('Charts shows names as text, however hostile and long they are, and stays as wide as the window', async () => {
    const model = `<img src=x onerror=alert(1)>\u202e${'x'.repeat(150)}`;
    const jobId = await submit(server.url, { ...quick, model, labels: { run: `<b>${'y'.repeat(50)}` } });
    await endedJob(server.url, jobId);
    for (const viewport of [
      { width: 360, height: 640 },
      { width: 1400, height: 900 },
    ]) {
      const { page, complaints, close } = await open(`?job=${jobId}`, { viewport });
      await page.getByRole('region', { name: 'The job that is shown' }).getByText('<img src=x').waitFor();
      expect(await page.locator('main img, main b b').count()).toBe(0);
      expect(await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
      expect(complaints).toEqual([]);
      await close();
    }
  });

  test('Charts says that there is no such job, and leads back to all', async () => {
    const { page, close } = await open('?job=nosuch');
    await page.getByText('Job nosuch not found').waitFor();
    await page.getByRole('link', { name: 'All jobs' }).click();
    await eventually(async () => (await counts(page))['queued'] === '0');
    await close();
  });

  test('Charts enlarges the chart that is chosen, by a click, a key or its address, in outline or with all it says', async () => {
    const { page, complaints, close } = await open('?chart=scheduler');
    await page.getByRole('region', { name: 'The chart scheduler' }).waitFor();
    await choose(page, 'runner');
    expect(new URL(page.url()).hash).toBe('#/charts?chart=runner');
    for (const [at, chart] of machineNames.entries()) {
      await page.keyboard.press(String(at + 1));
      await page.getByRole('region', { name: `The chart ${chart}` }).waitFor();
      expect(new URL(page.url()).hash).toBe(`#/charts?chart=${chart}`);
    }
    expect(await page.locator(`${LARGE} .action`).count()).toBe(0);
    await page.getByRole('link', { name: 'In full' }).click();
    await page.waitForSelector(`${LARGE} .action`);
    expect(new URL(page.url()).hash).toBe('#/charts?chart=delivery&whole=1');
    await page.getByRole('link', { name: 'In outline' }).click();
    await eventually(async () => (await page.locator(`${LARGE} .action`).count()) === 0);
    expect(complaints).toEqual([]);
    await close();
  });

  test.each(machineNames)(
    'Charts shows %s so large that its names can be read, and as large or small as one wants',
    async (chart) => {
      const { page, close } = await open(`?chart=${chart}`);
      const size = (name: 'width' | 'height') =>
        page.$eval(LARGE, (svg, side) => svg.getBoundingClientRect()[side], name);
      const nameHeight = () => page.$eval(`${LARGE} .state .name`, (text) => text.getBoundingClientRect().height);
      expect(await nameHeight()).toBeGreaterThan(11);
      const box = await page.$eval('.stage-box', ({ clientWidth, clientHeight }) => ({ clientWidth, clientHeight }));
      await page.keyboard.press('0');
      await eventually(
        async () => (await size('width')) <= box.clientWidth && (await size('height')) <= box.clientHeight,
      );
      const before = await size('width');
      await page.keyboard.press('+');
      await eventually(async () => (await size('width')) > before * 1.2);
      const larger = await size('width');
      await page.getByRole('button', { name: 'Make smaller' }).click();
      await eventually(async () => (await size('width')) < larger / 1.2);
      await page.getByRole('button', { name: 'Readable' }).click();
      await eventually(async () => (await nameHeight()) > 11);
      await close();
    },
  );

  test.each<[string, BrowserContextOptions]>([
    ['dark', { colorScheme: 'dark' }],
    ['narrow', { viewport: { width: 390, height: 844 } }],
    ['narrow-dark', { viewport: { width: 390, height: 844 }, colorScheme: 'dark' }],
    ['smallest', { viewport: { width: 360, height: 640 } }],
    ['wall', { viewport: { width: 3840, height: 2160 } }],
  ])('Charts is as wide as the window: %s', async (name, view) => {
    for (const chart of ['job', 'runner']) {
      const { page, complaints, close } = await open(`?chart=${chart}`, view);
      await page.screenshot({ path: join(pictures, `${name}-${chart}.png`), fullPage: true });
      expect(await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
      expect(complaints).toEqual([]);
      await close();
    }
  });

  test('Charts moves nothing for a reader that wants no motion', async () => {
    const { page, close } = await open('', { reducedMotion: 'reduce' });
    const arrow = page.waitForSelector(`${LARGE} [data-part=initial-job].taken`, { state: 'attached' });
    const jobId = await submit(server.url, quick);
    await arrow;
    expect(await page.$$('.token')).toEqual([]);
    await endedJob(server.url, jobId);
    await close();
  });

  test('Charts comes back by itself when the server does', async () => {
    const { page, close } = await open();
    const { port } = new URL(server.url);
    await server.kill();
    await page.waitForSelector('.charts[data-live=false]');
    server = await startServer({ dataDir: server.dataDir, flags: ['--port', port, allow] });
    await page.waitForSelector('.charts[data-live=true]');
    const jobId = await submit(server.url, quick);
    await endedJob(server.url, jobId);
    await eventually(async () => (await ticker(page)).join().includes(jobId.slice(0, 8)));
    await close();
  });
});
