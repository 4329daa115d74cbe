import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { getJob, submit } from '../support/jobs/client.ts';
import { endedJob, jobWhen } from '../support/jobs/jobs.ts';
import { chromium, describeWith } from '../support/needs.ts';
import { launchBrowser } from '../support/server/browser.ts';
import { endless, quick, row, startFor } from '../support/server/jobsPage.ts';
import { openPage } from '../support/server/page.ts';
import { tokensFile } from '../support/server/tokens.ts';

describeWith(chromium, 'actions of the view Jobs', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  test('selected jobs are cancelled, reprioritised, stopped and retried after a confirmation that names their number, and refusals are shown with their reasons', async () => {
    const server = await startFor('--slots', '1');
    const failed = await submit(server.url, {
      ...quick,
      tasks: ['nosuch_task'],
      model_args: { pretrained: '/ckpt/a/0' },
    });
    await endedJob(server.url, failed);
    const ids = [];
    for (const name of ['a/1', 'a/2', 'a/3', 'a/4']) ids.push(await submit(server.url, endless(name)));
    const [running = '', second = '', third = '', fourth = ''] = ids;
    await jobWhen(server.url, running, ({ status }) => status === 'running');
    const { page, complaints, close } = await openPage(browser, server, '/jobs');
    const check = (name: string) => row(page, name).getByRole('checkbox');
    const bar = page.getByRole('region', { name: 'Selected jobs' });
    const dialog = page.getByRole('dialog');

    // From a/4 to a/1: a range, of which one runs.
    await check('a/4').click();
    await check('a/1').click({ modifiers: ['Shift'] });
    await bar.getByText('4 selected').waitFor();
    await bar.getByRole('button', { name: 'Priority…' }).click();
    const priority = dialog.getByRole('spinbutton', { name: /New priority/ });
    await priority.fill('101');
    await expect.poll(() => dialog.getByRole('button', { name: /^Change/ }).isDisabled()).toBe(true);
    await priority.fill('5');
    await dialog.getByText('only the priority of a job that waits can be changed').waitFor();
    await dialog.getByRole('button', { name: 'Change priority of 3 jobs' }).click();
    await dialog.getByRole('heading', { name: '3 jobs reprioritised' }).waitFor();
    await dialog.getByText(/1 job was refused/).waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    expect((await getJob(server.url, third)).priority).toBe(5);
    await bar.waitFor({ state: 'detached' });

    await check('a/4').click();
    await check('a/2').click({ modifiers: ['Shift'] });
    await check('a/3').click();
    await check('a/1').click();
    await bar.getByRole('button', { name: 'Cancel', exact: true }).click();
    await dialog.getByRole('heading', { name: 'Cancel 2 jobs?' }).waitFor();
    await dialog.getByText(/Cannot cancel a running job/).waitFor();
    expect((await getJob(server.url, second)).status).toBe('queued');
    await dialog.getByRole('button', { name: 'Cancel 2 jobs' }).click();
    await dialog.getByRole('heading', { name: '2 jobs cancelled' }).waitFor();
    await dialog.getByText(/1 job was refused/).waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await row(page, 'a/2').getByText('cancelled').waitFor();
    await row(page, 'a/4').getByText('cancelled').waitFor();
    expect((await getJob(server.url, third)).status).toBe('queued');

    await check('a/1').click();
    await bar.getByRole('button', { name: 'Stop', exact: true }).click();
    await dialog.getByRole('button', { name: 'Stop 1 job' }).click();
    await dialog.getByRole('heading', { name: '1 job asked to stop' }).waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    expect(await endedJob(server.url, running)).toMatchObject({ failure_kind: 'stopped' });

    await check('a/0').click();
    await bar.getByRole('button', { name: 'Retry missing' }).click();
    await dialog.getByRole('button', { name: 'Retry missing 1 job' }).click();
    await dialog.getByRole('heading', { name: '1 job queued again' }).waitFor();
    await dialog.getByText('New:').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await check('a/4').click();
    await bar.getByRole('button', { name: 'Retry', exact: true }).click();
    await dialog.getByRole('button', { name: 'Retry 1 job' }).click();
    await dialog.getByRole('heading', { name: '1 job queued again' }).waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    expect((await getJob(server.url, failed)).retries).toHaveLength(1);
    expect((await getJob(server.url, fourth)).retries).toHaveLength(1);
    expect(complaints).toEqual([]);
    await close();
  });

  test('all jobs that match are cancelled, also those that were not listed, and no job that was submitted after the confirmation was asked for', async () => {
    const server = await startFor('--slots', '1');
    const client = createClient({ server: server.url });
    await client.pause();
    for (let batch = 0; batch < 8; batch++) {
      const some = Array.from({ length: 100 }, (_, n) => (n % 2 === 0 ? 'even' : 'odd'));
      await Promise.all(some.map((part) => submit(server.url, { ...quick, labels: { part } })));
    }
    const { page, complaints, close } = await openPage(browser, server, '/jobs?label=part:even');
    await page.getByRole('checkbox', { name: 'Select all that are listed' }).click();
    await page.getByRole('button', { name: 'Select all that match' }).click();
    await page.getByText('All that match selected').waitFor();
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    const confirm = page.getByRole('button', { name: 'Cancel 400 jobs' });
    await confirm.waitFor();
    const late = await submit(server.url, { ...quick, labels: { part: 'even' } });
    await confirm.click();
    await page.getByRole('heading', { name: '400 jobs cancelled' }).waitFor();
    expect((await getJob(server.url, late)).status).toBe('queued');
    expect(await client.queue({ limit: 0 })).toMatchObject({ queue_size: 401 });
    expect(complaints).toEqual([]);
    await close();
  });

  test('what is done to many jobs can be stopped after the part that is under way, and it is said what was done, also when it fails', async () => {
    const server = await startFor('--max-queue', '2000');
    const client = createClient({ server: server.url });
    await client.pause();
    for (let batch = 0; batch < 11; batch++) {
      await Promise.all(Array.from({ length: 100 }, () => submit(server.url, quick)));
    }
    const { page, complaints, close } = await openPage(browser, server, '/jobs?status=queued');
    const selectAll = async () => {
      await page.getByRole('checkbox', { name: 'Select all that are listed' }).click();
      await page.getByRole('button', { name: 'Select all that match' }).click();
      const bar = page.getByRole('region', { name: 'Selected jobs' });
      await bar.getByRole('button', { name: 'Cancel', exact: true }).click();
    };
    await selectAll();
    const dialog = page.getByRole('dialog');
    const confirm = dialog.getByRole('button', { name: 'Cancel 1,100 jobs' });
    await confirm.waitFor();
    await page.route('**/jobs/actions', (route) => route.abort());
    await confirm.click();
    await dialog.getByRole('heading', { name: '0 jobs cancelled' }).waitFor();
    await dialog
      .getByRole('alert')
      .getByText(/cannot be reached/)
      .waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await page.unroute('**/jobs/actions');

    await selectAll();
    await confirm.waitFor();
    const { promise: held, resolve: letThrough } = Promise.withResolvers<void>();
    await page.route('**/jobs/actions', async (route) => {
      await held;
      await route.continue();
    });
    await confirm.click();
    await dialog.getByRole('button', { name: 'Stop', exact: true }).click();
    letThrough();
    await dialog.getByRole('heading', { name: '1,000 jobs cancelled' }).waitFor();
    await dialog.getByText('It was stopped: 100 jobs are as they were.').waitFor();
    expect((await client.queue()).queue_size).toBe(100);
    expect(complaints.filter((text) => !text.startsWith('Failed to load resource'))).toEqual([]);
    await close();
  });

  test('a token that may only look sees no action, and one that submits may act on its own jobs alone', async (context) => {
    const tokens = await tokensFile(context, { reader: 'read', alice: 'submit', bob: 'submit' });
    const server = await startFor('--slots', '1', '--tokens', tokens.file);
    await submit(server.url, endless('a/1'), tokens.bearer('bob'));
    await submit(server.url, endless('a/2'), tokens.bearer('alice'));
    await submit(server.url, endless('a/3'), tokens.bearer('bob'));
    const reader = await openPage(browser, server, '/jobs', { token: tokens.tokenOf('reader') });
    await row(reader.page, 'a/2').getByText('alice').waitFor();
    await reader.page.keyboard.press('j');
    await reader.page.keyboard.press('x');
    expect(await reader.page.getByRole('checkbox').count()).toBe(0);
    expect(await reader.page.getByRole('button', { name: /Cancel|Stop|Retry/ }).count()).toBe(0);

    const alice = await openPage(browser, server, '/jobs', { token: tokens.tokenOf('alice') });
    await row(alice.page, 'a/3').getByRole('checkbox').click();
    await alice.page.getByText('Nothing can be done to these.').waitFor();
    await row(alice.page, 'a/2').getByRole('checkbox').click();
    await alice.page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await alice.page.getByRole('heading', { name: 'Cancel 1 job?' }).waitFor();
    await alice.page.getByText(/1 job is refused.*It was submitted by bob/).waitFor();
    for (const { complaints, close } of [reader, alice]) {
      expect(complaints.filter((text) => !text.includes('401'))).toEqual([]);
      await close();
    }
  });
});
