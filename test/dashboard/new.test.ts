import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from '../../src/client/client.ts';
import { startWrittenServer } from '../support/harnesses/writtenLmmsEval.ts';
import { getJob, submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { chromium, describeWith } from '../support/needs.ts';
import { fixture } from '../support/runs/localRun.ts';
import { findingsOf, overflowOf } from '../support/server/accessibility.ts';
import { launchBrowser } from '../support/server/browser.ts';
import { openPage } from '../support/server/page.ts';
import { startServer, type TestServer } from '../support/server/server.ts';
import { tokensFile } from '../support/server/tokens.ts';

const fieldOf = (page: Page, name: string) => page.locator(`[data-field="${name}"]`);
const inputOf = (page: Page, name: string) => fieldOf(page, name).locator('input').first();
const submitButton = (page: Page) => page.getByRole('button', { name: 'Submit', exact: true });
/** Chromium reports each refusal of a server on the console: that is no fault of the page. */
const unlessRefusals = (complaints: readonly string[]) =>
  complaints.filter((text) => !text.startsWith('Failed to load resource'));

describeWith(chromium, 'the view New', () => {
  let server: TestServer;
  let browser: Browser;
  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer({ flags: ['--gpus', '0,1'] }), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  const newestJob = async () => (await createClient({ server: server.url }).jobs({ limit: 1 })).jobs[0];
  const jobsOf = async (label: string) => (await createClient({ server: server.url }).jobs({ label })).jobs;
  /** The job that the page shows, once it does. */
  const shownJob = async (page: Page): Promise<string> => {
    await page.waitForURL(/#\/jobs\/[0-9a-f-]{36}/);
    return /#\/jobs\/([0-9a-f-]{36})/.exec(page.url())?.[1] ?? '';
  };

  test('a submission is written by the keyboard alone, with suggestions of models and tasks, and leads to its job', async () => {
    const { page, complaints, close } = await openPage(browser, server);
    await page.keyboard.press('c');
    const model = page.getByRole('combobox', { name: 'Model model' });
    await model.focus();
    await model.pressSequentially('temp');
    const models = page.getByRole('listbox', { name: 'Models' });
    await models.getByRole('option', { name: 'nearest-template' }).waitFor();
    await page.keyboard.press('ArrowDown');
    const active = await model.getAttribute('aria-activedescendant');
    expect(await page.locator(`[id="${active}"]`).textContent()).toBe('nearest-template');
    expect(await findingsOf(page)).toEqual([]);
    await page.keyboard.press('Enter');
    expect(await model.inputValue()).toBe('nearest-template');
    await models.waitFor({ state: 'detached' });

    const tasks = page.getByRole('combobox', { name: 'Tasks tasks' });
    await tasks.focus();
    await tasks.pressSequentially('digits');
    await page.getByRole('option', { name: 'demo_digits' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('listbox').waitFor({ state: 'detached' });
    expect(await tasks.inputValue()).toBe('digits');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await tasks.pressSequentially('nosuch,demo_shapes,');
    const chips = page.getByRole('list', { name: 'Chosen tasks' });
    expect(await chips.getByRole('listitem').allTextContents()).toEqual(['demo_digits', 'nosuch', 'demo_shapes']);
    await chips.getByRole('button', { name: 'Remove nosuch' }).click();
    await tasks.focus();
    await page.keyboard.press('Backspace');
    expect(await chips.getByRole('listitem').allTextContents()).toEqual(['demo_digits']);

    await inputOf(page, 'limit').fill('3');
    await page.getByLabel('Value of pretrained').fill('/ckpt/run7/step-1');
    await page.getByRole('button', { name: '+ Add an argument' }).click();
    await page.getByLabel('Name of argument 2').fill('seed');
    await page.getByLabel('Value of seed').fill('7');
    await page.getByRole('button', { name: '+ Add a label' }).click();
    await page.getByLabel('Name of label 1').fill('run');
    await page.getByLabel('Value of run').fill('r7');
    await submitButton(page).focus();
    await page.keyboard.press('Enter');
    expect(await endedJob(server.url, await shownJob(page))).toMatchObject({
      status: 'completed',
      labels: { run: 'r7' },
      request: {
        model: 'nearest-template',
        tasks: ['demo_digits'],
        limit: 3,
        model_args: { pretrained: '/ckpt/run7/step-1', seed: 7 },
      },
    });
    expect(complaints).toEqual([]);
    await close();
  });

  test('what the server refuses stands at its fields, the first of them has the focus, and nothing typed is lost', async () => {
    const before = await newestJob();
    const prefilled = '?model=majority&tasks=demo_digits&num_gpus=99&timeout=soon&labels=run=r8,bad name=1&limit=0';
    const { page, complaints, close } = await openPage(browser, server, `/new${prefilled}`);
    await submitButton(page).click();
    await fieldOf(page, 'limit').getByText('limit should be a number above 0').waitFor();
    await fieldOf(page, 'timeout').getByText('Input should be a valid number').waitFor();
    await fieldOf(page, 'labels').getByText('labels names should be').waitFor();
    await page.getByRole('alert').getByText('It was not submitted').waitFor();
    expect(await inputOf(page, 'timeout').getAttribute('aria-invalid')).toBe('true');
    expect(await page.locator('[data-field]:has(input:focus) .field-faults p').count()).toBe(1);
    expect(await findingsOf(page)).toEqual([]);

    await inputOf(page, 'limit').fill('2');
    await fieldOf(page, 'limit').getByText('limit should be').waitFor({ state: 'detached' });
    await inputOf(page, 'timeout').fill('600');
    await page.getByRole('button', { name: 'Remove bad name' }).click();
    await submitButton(page).click();
    await fieldOf(page, 'num_gpus').locator('.field-faults p').waitFor();
    expect(await inputOf(page, 'num_gpus').inputValue()).toBe('99');
    expect((await newestJob())?.job_id).toBe(before?.job_id);
    await inputOf(page, 'num_gpus').fill('2');
    await submitButton(page).click();
    expect(await getJob(server.url, await shownJob(page))).toMatchObject({
      request: { model: 'majority', tasks: ['demo_digits'], num_gpus: 2, limit: 2 },
      timeout: 600,
      labels: { run: 'r8' },
    });
    expect(unlessRefusals(complaints)).toEqual([]);
    await close();
  });

  test('a dry run shows position, devices, expected times, warnings and the command, and queues nothing', async () => {
    const before = await newestJob();
    const { page, complaints, close } = await openPage(
      browser,
      server,
      '/new?model=majority&tasks=demo_digits&limit=-1',
    );
    await page.getByRole('button', { name: 'Dry run' }).click();
    const trial = page.getByRole('region', { name: 'It would be taken' });
    await trial.getByText('first', { exact: true }).waitFor();
    await trial.getByText(/^1 of 2; \d free now$/).waitFor();
    await trial.getByText('limit -1 means all samples').waitFor();
    await trial.getByText('--model=majority').waitFor();
    expect(await findingsOf(page)).toEqual([]);
    expect((await newestJob())?.job_id).toBe(before?.job_id);
    await inputOf(page, 'limit').fill('4');
    await trial.waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
    await close();
  });

  test('the request of a job fills the form, every field of it, to be changed and submitted again', async (context) => {
    const server = await startWrittenServer(['--webhook-allow-host', 'hooks.invalid']);
    context.onTestFinished(async () => void (await server.stop()));
    const before = await submit(server.url, { model: 'm', tasks: ['t'] });
    const request = {
      model: 'majority',
      tasks: ['demo_digits', 'demo_shapes'],
      model_args: { pretrained: '/ckpt/a', text: '8', list: [1, 'b'], yes: true, none: '', nothing: null },
      num_fewshot: 0,
      batch_size: 'auto:4',
      limit: 0.5,
      gen_kwargs: '"temperature"=0,"until"="x"',
      log_samples: false,
      num_gpus: 2,
      labels: { run: 'r9', step: 12_000, text: '12', yes: 'true', quoted: '"x"', zeros: '007' },
      priority: -3,
      timeout: 100,
      stall_timeout: 50.5,
      device: 'cuda:0',
      after: [before],
      after_any: true,
      split: true,
      callback_url: 'https://hooks.invalid/x',
    };
    const id = await submit(server.url, request);
    const { page, complaints, close } = await openPage(browser, server, `/new?from=${id}`);
    await page.getByRole('list', { name: 'Chosen tasks' }).waitFor();
    await inputOf(page, 'priority').fill('5');
    await submitButton(page).click();
    const again = await getJob(server.url, await shownJob(page));
    const first = await getJob(server.url, id);
    expect(again.request).toEqual(first.request);
    for (const name of ['labels', 'timeout', 'stall_timeout', 'after', 'after_any', 'split', 'callback_url'] as const) {
      expect(again[name], name).toEqual(first[name]);
    }
    expect(again.priority).toBe(5);
    expect(again.retry_of).toBe(null);
    await page.goto(`${server.url}/#/new?from=nosuch`);
    await page.getByText('Job nosuch not found').waitFor();
    await submitButton(page).waitFor();
    expect(unlessRefusals(complaints)).toEqual([]);
    await close();
  });

  test('what a dry run says is about what is written now: not a change that came meanwhile, nor an earlier refusal', async () => {
    const { page, close } = await openPage(browser, server, '/new?model=majority&tasks=demo_digits&limit=0');
    const trial = page.getByRole('region', { name: 'It would be taken' });
    await submitButton(page).click();
    await page.getByRole('alert').getByText('It was not submitted').waitFor();
    await inputOf(page, 'limit').fill('1');
    const dry = page.getByRole('button', { name: 'Dry run' });
    await dry.click();
    await trial.waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);

    const { promise: held, resolve: answer } = Promise.withResolvers<void>();
    await page.route('**/evaluate*', async (route) => {
      await held;
      await route.continue();
    });
    await dry.click();
    await inputOf(page, 'limit').fill('0');
    answer();
    await page.getByText('asking the server').waitFor({ state: 'detached' });
    expect(await trial.count()).toBe(0);
    await close();
  });

  test('a text is copied from a page that came without TLS, to which the browser gives no clipboard', async () => {
    const other = await launchBrowser('--host-resolver-rules=MAP *.example 127.0.0.1');
    const named = await startServer({ flags: ['--allow-host', 'evald.example'] });
    const url = named.url.replace(/\/\/[^:]+/, '//evald.example');
    const { page, close } = await openPage(other, { url }, '/new?model=majority&tasks=demo_digits');
    expect(await page.evaluate<boolean>('navigator.clipboard === undefined')).toBe(true);
    const region = page.getByRole('region', { name: 'Copy as' });
    await region.getByRole('button', { name: 'Copy', exact: true }).click();
    await region.getByRole('button', { name: 'Copied' }).waitFor();
    await inputOf(page, 'gen_kwargs').focus();
    await page.keyboard.press('Control+V');
    expect(await inputOf(page, 'gen_kwargs').inputValue()).toContain('curl -sS http://evald.example');
    await close();
    await Promise.all([other.close(), named.stop()]);
  });

  test('clicking twice, faster than the server answers, is one job', async () => {
    const opened = await openPage(browser, server, '/new?model=majority&tasks=demo_digits&limit=1&labels=run=twice');
    await submitButton(opened.page).dblclick();
    await shownJob(opened.page);
    expect(await jobsOf('run:twice')).toHaveLength(1);
    expect(opened.complaints).toEqual([]);
    await opened.close();
  });

  test('what is typed is there as curl, as a command and as Python, and outlives another view and a server that is away', async () => {
    const { page, complaints, close } = await openPage(browser, server, '/new');
    const model = page.getByRole('combobox', { name: 'Model model' });
    await model.fill("it's");
    const region = page.getByRole('region', { name: 'Copy as' });
    await region.getByText(`-d '{"model":"it'\\''s","tasks":[]}'`).waitFor();
    await page.getByRole('combobox', { name: 'Tasks tasks' }).fill('demo_digits');
    await region.getByRole('button', { name: 'command' }).click();
    await region.getByText(`evald submit --server ${server.url}`).waitFor();
    // What was begun is taken when the field is left.
    await region.getByText('demo_digits').waitFor();
    await region.getByRole('button', { name: 'Python' }).click();
    await region.getByText('urllib.request.Request(').waitFor();
    await page.getByRole('link', { name: 'Now', exact: true }).click();
    await page.getByRole('heading', { name: /^Queue/ }).waitFor();
    await page.getByRole('link', { name: 'New', exact: true }).click();
    expect(await model.inputValue()).toBe("it's");
    await page.context().setOffline(true);
    await page.getByRole('button', { name: 'Dry run' }).click();
    await page
      .getByRole('alert')
      .getByText(/cannot be reached/)
      .waitFor();
    expect(await model.inputValue()).toBe("it's");
    await page.getByRole('list', { name: 'Chosen tasks' }).getByText('demo_digits').waitFor();
    expect(unlessRefusals(complaints)).toEqual([]);
    await close();
  });

  test('without the lists of the harness the form says so, and names can be typed all the same', async (context) => {
    const away = await startWrittenServer();
    context.onTestFinished(async () => void (await away.stop()));
    const hostile = '<img src=x onerror="window.hacked=1">\u202Eevil';
    await away.write({ results: { t: { alias: 't', 'acc,none': 1 } }, samples: { t: [{ doc_id: 0, acc: 1 }] } });
    const view = { viewport: { width: 390, height: 844 }, colorScheme: 'dark' } as const;
    const { page, complaints, close } = await openPage(browser, away, '/new', view);
    await fieldOf(page, 'model')
      .getByText(/There are no suggestions/)
      .waitFor();
    await fieldOf(page, 'tasks')
      .getByText(/There are no suggestions/)
      .waitFor();
    await page.getByRole('combobox', { name: 'Model model' }).fill(hostile);
    await page.getByLabel('Value of pretrained').fill('x'.repeat(3_000));
    await page.getByRole('combobox', { name: 'Tasks tasks' }).fill('t');
    await page.keyboard.press('Enter');
    expect(await overflowOf(page)).toBe(0);
    expect(await findingsOf(page)).toEqual([]);
    await submitButton(page).click();
    const id = await shownJob(page);
    expect(await endedJob(away.url, id)).toMatchObject({ request: { model: hostile, tasks: ['t'] } });
    expect(await page.evaluate(() => 'hacked' in globalThis)).toBe(false);
    expect(unlessRefusals(complaints)).toEqual([]);
    await close();
  });

  test('a harness is chosen among those that are offered: its tasks are suggested, and its job says it', async (context) => {
    const both = await startServer({
      flags: ['--python', fixture('fake-lmms-eval.mjs'), '--enable-harness', 'lmms-eval'],
    });
    context.onTestFinished(async () => void (await both.stop()));
    const { page, complaints, close } = await openPage(browser, both, '/new?model=majority&tasks=demo_digits&limit=5');
    const field = page.getByRole('combobox', { name: 'Harness harness' });
    await field.fill('zz');
    await field.fill('');
    await field.click();
    expect(await page.getByRole('listbox', { name: 'Harnesses' }).getByRole('option').allTextContents()).toEqual([
      'demo',
      'lmms-eval',
    ]);
    await page.getByRole('option', { name: 'demo' }).click();
    expect(await field.inputValue()).toBe('demo');
    expect(await findingsOf(page)).toEqual([]);
    await submitButton(page).click();
    const id = await shownJob(page);
    await page.locator('dl.facts').getByText('demo', { exact: true }).waitFor();
    expect(await endedJob(both.url, id)).toMatchObject({ status: 'completed', harness: 'demo' });
    expect(unlessRefusals(complaints)).toEqual([]);
    await close();
  });

  test('a token that may only read is shown no New, and one that may submit is', async (context) => {
    const tokens = await tokensFile(context, { reader: 'read', trainer: 'submit' });
    const guarded = await startServer({ flags: ['--tokens', tokens.file] });
    context.onTestFinished(async () => void (await guarded.stop()));
    const reader = await openPage(browser, guarded, '/new', { token: tokens.tokenOf('reader') });
    await reader.page.getByRole('heading', { name: /^Queue/ }).waitFor();
    expect(await reader.page.getByRole('link', { name: 'New', exact: true }).count()).toBe(0);
    await reader.page.keyboard.press('c');
    expect(await submitButton(reader.page).count()).toBe(0);
    await reader.close();
    const query = '/new?model=majority&tasks=demo_digits&limit=1';
    const trainer = await openPage(browser, guarded, query, { token: tokens.tokenOf('trainer') });
    await submitButton(trainer.page).click();
    const id = await shownJob(trainer.page);
    expect((await getJob(guarded.url, id, tokens.bearer('trainer'))).submitted_by).toBe('trainer');
    await trainer.close();
  });
});
