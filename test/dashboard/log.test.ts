import { appendFile, open, readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { JobInfo } from '../../src/schemas/job/job.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob, jobWhen } from '../support/jobs/jobs.ts';
import { loggedJob, logOf } from '../support/jobs/loggedJob.ts';
import { chromium, describeWith } from '../support/needs.ts';
import { launchBrowser } from '../support/server/browser.ts';
import { freePorts } from '../support/server/freePorts.ts';
import { openPage } from '../support/server/page.ts';
import { startServer, type TestServer } from '../support/server/server.ts';
import { tokensFile } from '../support/server/tokens.ts';

const lines = (count: number, text = (number: number) => `line ${number} of the log`) =>
  Array.from({ length: count }, (_, index) => `${text(index + 1)}\n`).join('');

/** Milliseconds in which a page has read a gigabyte, on a machine that is shared. It only guards. */
const READ = 300_000;

const endless = { model: 'majority', tasks: ['demo_digits'], limit: 5, model_args: { delay: 3600 } };

describeWith(chromium, 'the log of a job', () => {
  let server: TestServer;
  let browser: Browser;
  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer(), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });
  const openLog = (job: JobInfo, query = '') => openPage(browser, server, `/jobs/${job.job_id}/log${query}`);

  test('the log of a run has colours, numbers that link to its lines, and of a bar that was drawn over itself the last frame', async () => {
    const bar = [0, 50, 100].map((percent) => `Answering: ${percent}%\r`).join('');
    const job = await loggedJob(server.url, `first\n\u001b[31m\u001b[1mred\u001b[0m plain\n${bar}\n${lines(300)}`);
    const { page, complaints, close } = await openLog(job);
    await page.getByText('Answering: 100%').waitFor();
    expect(await page.getByText('Answering: 50%').count()).toBe(0);
    expect(await page.getByText('red', { exact: true }).getAttribute('class')).toBe('log-red log-bold');
    await page.getByRole('link', { name: 'Line 2', exact: true }).click();
    await page.waitForURL(/\/log\?line=2$/);
    expect(await page.locator('.log-selected').textContent()).toBe('2red plain');
    await close();

    const other = await openLog(job, '?line=250');
    await expect.poll(() => other.page.locator('.log-selected').textContent()).toBe('250line 247 of the log');
    expect(await isSeen(other.page, '.log-selected')).toBe(true);
    await other.page.getByLabel('Go to line').fill('9');
    await other.page.keyboard.press('Enter');
    await expect.poll(() => other.page.locator('.log-selected').textContent()).toBe('9line 6 of the log');
    await other.page.getByLabel('Go to line').fill('9999');
    await other.page.keyboard.press('Enter');
    await other.page.getByText('The log has no line 9,999.').waitFor();
    expect([...complaints, ...other.complaints]).toEqual([]);
    await other.close();
  });

  test('a search counts the lines that have a text, whatever its case and colours, goes from hit to hit by keys, and stands in the address', async () => {
    const text = (number: number) =>
      number % 1_000 === 0 ? `here a N\u001b[32mee\u001b[0mdle ${number}` : `line ${number}`;
    const job = await loggedJob(server.url, lines(3_500, text));
    const { page, complaints, close } = await openLog(job);
    await page.getByText('line 1', { exact: true }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('needle');
    await page.keyboard.press('Enter');
    await page.getByText('1 of 3 lines').waitFor();
    await expect.poll(() => page.locator('.log-selected').textContent()).toBe('1000here a Needle 1000');
    expect(await page.locator('.log-selected mark').allTextContents()).toEqual(['N', 'ee', 'dle']);
    await page.getByLabel('Lines of the log').focus();
    await page.keyboard.press('n');
    await expect.poll(() => page.locator('.log-selected').textContent()).toBe('2000here a Needle 2000');
    await page.keyboard.press('N');
    await page.keyboard.press('N');
    await expect.poll(() => page.locator('.log-selected').textContent()).toBe('3000here a Needle 3000');
    expect(page.url()).toMatch(/\/log\?q=needle$/);
    await page.reload();
    await page.getByText('1 of 3 lines').waitFor();
    await page.keyboard.press('Escape');
    expect(await page.getByText('of 3 lines').count()).toBe(0);
    expect(complaints).toEqual([]);
    await close();
  });

  test('one key leads to the first error of a log, and long lines wrap or do not as the reader wants', async () => {
    const text = (number: number) =>
      number === 700 ? 'Traceback (most recent call last):' : `line ${number} ${'x'.repeat(400)}`;
    const { page, complaints, close } = await openLog(await loggedJob(server.url, lines(1_500, text)));
    await page.getByText(/^line 1 x/).waitFor();
    await page.keyboard.press('e');
    await expect.poll(() => page.locator('.log-selected').textContent()).toBe('700Traceback (most recent call last):');
    expect(await isSeen(page, '.log-selected')).toBe(true);
    const isWider = () =>
      page.getByLabel('Lines of the log').evaluate(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth);
    expect(await isWider()).toBe(false);
    await page.keyboard.press('w');
    await expect.poll(isWider).toBe(true);
    expect(await isSeen(page, '.log-selected')).toBe(true);
    expect(complaints).toEqual([]);
    await close();
    const fine = await openLog(await loggedJob(server.url, lines(3)));
    await fine.page.getByRole('button', { name: 'First error' }).click();
    await fine.page.getByText('No line of the log reads like an error.').waitFor();
    await fine.close();
  });

  test('a log that means harm is text: markup, control characters, directions, broken bytes, and a line of ten megabytes', async () => {
    const markup = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
    const log = Buffer.concat([
      Buffer.from(`${markup}\n\u001b]0;title\u0007after a title\n\u001b[2J\u001b[5;5Hmoved\u0000\u0008\n`),
      Buffer.from('\u202egnitset\u202c \u2066left\u2069 שלום\n'),
      Buffer.from([0xff, 0xfe, 0x0a]),
      Buffer.alloc(10_000_000, 'y'),
      Buffer.from('\nafter the long line\n'),
    ]);
    const job = await loggedJob(server.url, log);
    const { page, complaints, close } = await openLog(job);
    await page.getByText(markup).waitFor();
    await page.getByText('after a title', { exact: true }).waitFor();
    await page.getByText('moved␀␈').waitFor();
    await page.getByText('\ufffdgnitset\ufffd \ufffdleft\ufffd שלום').waitFor();
    await page.getByText('\ufffd\ufffd', { exact: true }).waitFor();
    await page.getByText('1.0 MB more of this line are not shown').first().waitFor();
    await page.getByRole('button', { name: 'To the end' }).click();
    await page.getByText('after the long line').waitFor();
    await page.getByRole('link', { name: 'Line 7' }).waitFor();
    expect(await page.title()).toMatch(/evald$/);
    expect(await page.locator('html').evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);
    expect(complaints).toEqual([]);
    await close();
  });

  test('the log of a running job is followed, also across the death and the restart of the server, until the reader scrolls away', async () => {
    const [port] = await freePorts(1);
    const flags = ['--port', String(port)];
    let fragile = await startServer({ flags });
    const { dataDir } = fragile;
    const id = await submit(fragile.url, endless);
    const job = await jobWhen(fragile.url, id, ({ progress }) => progress !== null);
    const { page, close } = await openPage(browser, fragile, `/jobs/${id}/log`);
    await page.getByText('following', { exact: true }).waitFor();
    await appendFile(logOf(job), `\n${lines(3_000)}a first line\n`);
    await page.getByText('a first line').waitFor();
    expect(await isSeen(page, '.log-row:last-child')).toBe(true);

    await fragile.kill();
    await page.getByText(/reconnecting/).waitFor();
    await appendFile(logOf(job), 'written while it was away\n');
    fragile = await startServer({ flags, dataDir });
    onTestFinished(async () => void (await fragile.stop()));
    await page.getByText('written while it was away').waitFor();
    await appendFile(logOf(job), 'written afterwards\n');
    await page.getByText('written afterwards').waitFor();
    expect(await page.getByText('a first line').count()).toBe(1);

    await page.getByLabel('Lines of the log').evaluate((box) => box.scrollBy(0, -2_000));
    await page.getByText('not following').waitFor();
    const before = await page.getByLabel('Lines of the log').evaluate((box) => box.scrollTop);
    const facts = await page.locator('.log-facts').textContent();
    await appendFile(logOf(job), `${lines(500)}not looked at\n`);
    await expect.poll(() => page.locator('.log-facts').textContent()).not.toBe(facts);
    expect(await page.getByText('not looked at').count()).toBe(0);
    expect(await page.getByLabel('Lines of the log').evaluate((box) => box.scrollTop)).toBe(before);
    await page.getByRole('button', { name: 'Follow' }).click();
    await page.getByText('not looked at').waitFor();
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await page.getByRole('button', { name: 'Stop this job' }).click();
    await endedJob(fragile.url, id);
    await page.getByText('following', { exact: true }).waitFor({ state: 'hidden' });
    await close();
  });

  test(
    'a log of a gigabyte opens, jumps to its middle and its end, and is searched, while little of it is read or held',
    async () => {
      const job = await loggedJob(server.url, '');
      const size = await writeGigabyte(logOf(job));
      const { page, complaints, close } = await openLog(job);
      let asked = 0;
      page.on('request', (request) => {
        const [, start, end] = /bytes=(\d+)-(\d+)/.exec(request.headers()['range'] ?? '') ?? [];
        if (start !== undefined) asked += Number(end) - Number(start) + 1;
      });
      await page.getByText('row 0000000001 ', { exact: false }).waitFor();
      await page.getByRole('link', { name: 'Line 1', exact: true }).waitFor();
      await page.getByLabel('Lines of the log').focus();
      await page.keyboard.press('End');
      await page.getByText('the last line of all').waitFor();
      await page.getByLabel('Part of the log').fill('500');
      await page
        .getByText(/^row 00050000\d\d /)
        .first()
        .waitFor();
      await scrollThrough(page, 20);
      expect(asked).toBeLessThan(16_000_000);

      const session = await page.context().newCDPSession(page);
      await session.send('Performance.enable');
      await page.getByLabel('Lines of the log').focus();
      await page.keyboard.press('/');
      await page.keyboard.type('the last line of all');
      await page.keyboard.press('Enter');
      await page.getByText(/\d % read/).waitFor();
      await page.getByText('1 of 1 line', { exact: true }).waitFor({ timeout: READ });
      // What was read for the search numbers the lines as well.
      await page.getByRole('link', { name: 'Line 10000001' }).waitFor();
      expect(asked).toBeGreaterThan(size);
      await session.send('HeapProfiler.collectGarbage');
      const { metrics } = await session.send('Performance.getMetrics');
      expect(metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value).toBeLessThan(64_000_000);
      expect(complaints).toEqual([]);
      await close();
    },
    2 * READ,
  );

  test('a caller that may only read has the log, and saves it although a link would not bring its token', async () => {
    const tokens = await tokensFile({ onTestFinished }, { ann: 'admin', eve: 'read' });
    const guarded = await startServer({ flags: ['--tokens', tokens.file] });
    onTestFinished(async () => void (await guarded.stop()));
    const id = await submit(guarded.url, { ...endless, model_args: {} }, tokens.bearer('ann'));
    const job = await endedJob(guarded.url, id, tokens.bearer('ann'));
    const token = tokens.tokenOf('eve');
    const { page, complaints, close } = await openPage(browser, guarded, `/jobs/${id}/log`, { token });
    await page.getByText('demo.program:run').first().waitFor();
    const saved = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download' }).click();
    const download = await saved;
    expect(download.suggestedFilename()).toBe(`${id}.log`);
    expect(await readFile(await download.path(), 'utf8')).toBe(await readFile(logOf(job), 'utf8'));
    expect(await page.getByRole('button', { name: 'Retry' }).count()).toBe(0);
    expect(await page.getByText('Submit again').count()).toBe(0);
    // Before the token was typed in.
    expect(complaints.filter((complaint) => !complaint.includes('401'))).toEqual([]);
    await close();
  });
});

/** Whether an element is within the box of the log. */
async function isSeen(page: Page, selector: string): Promise<boolean> {
  const [inner, outer] = await Promise.all([
    page.locator(selector).boundingBox(),
    page.locator('.log-box').boundingBox(),
  ]);
  if (inner === null || outer === null) return false;
  return inner.y >= outer.y && inner.y + inner.height <= outer.y + outer.height + 8;
}

/** Scrolls down, a screen at a time; what is seen is never empty. */
async function scrollThrough(page: Page, screens: number): Promise<void> {
  const first = () =>
    page.locator('.log-box').evaluate((box) => {
      const { x, y } = box.getBoundingClientRect();
      return box.ownerDocument.elementFromPoint(x + 200, y + 60)?.closest('.log-row')?.textContent ?? '';
    });
  for (let screen = 0; screen < screens; screen++) {
    const before = await first();
    await page.locator('.log-box').evaluate((box) => box.scrollBy(0, box.clientHeight - 40));
    await expect.poll(async () => (await first()) > before).toBe(true);
  }
}

/** Ten million lines of a hundred bytes, and one more. @returns bytes. */
async function writeGigabyte(path: string): Promise<number> {
  const [each, count] = [100, 10_000];
  const block = Buffer.from(`row 0000000000 ${'.'.repeat(each - 16)}\n`.repeat(count));
  const file = await open(path, 'w');
  for (let written = 0; written < 1_000; written++) {
    for (let row = 0; row < count; row++) {
      block.write(String(written * count + row + 1).padStart(10, '0'), row * each + 4, 'latin1');
    }
    await file.write(block);
  }
  await file.write('the last line of all\n');
  const { size } = await file.stat();
  await file.close();
  return size;
}
