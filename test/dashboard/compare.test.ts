import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Comparison, TaskComparison } from '../../src/schemas/scores/comparison.ts';
import { exactColumns } from '../../src/text/comparison.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { chromium, describeWith } from '../support/needs.ts';
import { madeComparison, madeTask } from '../support/scores/madeComparison.ts';
import { madeId, show } from '../support/scores/madeScores.ts';
import { findingsOf, overflowOf } from '../support/server/accessibility.ts';
import { launchBrowser } from '../support/server/browser.ts';
import { row } from '../support/server/jobsPage.ts';
import { openPage } from '../support/server/page.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

const job = (model: string, name: string, more: object = {}) => ({
  ...{ model, tasks: ['demo_digits', 'demo_shapes'], limit: 20, model_args: { pretrained: `/ckpt/${name}` }, ...more },
});

const isCompare = ({ pathname }: URL): boolean => pathname === '/compare';

describeWith(chromium, 'the view Compare', () => {
  let server: TestServer;
  let browser: Browser;
  let poor: string;
  let good: string;
  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer({ flags: ['--slots', '1'] }), launchBrowser()]);
    poor = await submit(server.url, job('majority', 'pair/poor'));
    good = await submit(server.url, job('nearest-template', 'pair/good', { labels: { run: 'r7' } }));
    for (const id of [poor, good]) await endedJob(server.url, id);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  const verdicts = (page: Page) => page.getByRole('list', { name: 'Verdicts' }).getByRole('listitem').allTextContents();
  const rowOf = (page: Page, name: RegExp) => page.getByRole('row', { name });

  /** Has a page get this comparison, whatever it asks for. @returns the queries it has asked so far. */
  async function answer(page: Page, comparison: Comparison): Promise<URLSearchParams[]> {
    const asked: URLSearchParams[] = [];
    await page.route(isCompare, (route) => {
      asked.push(new URL(route.request().url()).searchParams);
      return route.fulfill({ json: comparison });
    });
    return asked;
  }

  test('two selected jobs are compared: verdicts, differences with intervals, what differs, and each flip as both answered it', async () => {
    const { page, complaints, close } = await openPage(browser, server, '/jobs');
    await row(page, 'pair/good').getByRole('checkbox').click();
    const bar = page.getByRole('region', { name: 'Selected jobs' });
    expect(await bar.getByRole('link', { name: 'Compare' }).count()).toBe(0);
    await row(page, 'pair/poor').getByRole('checkbox').click();
    await bar.getByRole('link', { name: 'Compare' }).click();
    // The one that was submitted first is the baseline.
    await page.waitForURL((url) => url.hash === `#/compare?a=${poor}&b=${good}`);
    await rowOf(page, /demo_digits.*better/)
      .first()
      .waitFor();
    await rowOf(page, /demo_digits/)
      .first()
      .getByRole('img', { name: /^Difference \+0\.\d+, 95 % interval/ })
      .waitFor();
    await page
      .getByRole('table', { name: '' })
      .getByRole('row', { name: /model_args\.pretrained.*pair\/poor.*pair\/good/ })
      .waitFor();
    expect(await findingsOf(page)).toEqual([]);

    const flip = page.getByRole('article', { name: 'Flip' });
    await flip.getByRole('region', { name: 'Question' }).waitFor();
    await flip.getByRole('region', { name: 'Baseline', exact: true }).getByText('scored 0').waitFor();
    await flip.getByRole('region', { name: 'Candidate', exact: true }).getByText('scored 1').waitFor();
    await page.getByRole('button', { name: /^better/ }).click();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => page.url()).toMatch(/flips=better&flip=2/);
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => page.url()).not.toContain('flip=2');

    const before = await verdicts(page);
    await page.keyboard.press('s');
    await page.waitForURL((url) => url.hash.includes(`a=${good}&b=${poor}`));
    await rowOf(page, /demo_digits.*worse/)
      .first()
      .waitFor();
    expect(await verdicts(page)).toEqual(before.map((text) => text.replace('better', 'worse')));
    await page.getByRole('button', { name: 'Swap' }).click();
    await rowOf(page, /demo_digits.*better/)
      .first()
      .waitFor();

    await flip
      .getByRole('region', { name: 'Candidate', exact: true })
      .getByRole('link', { name: 'in its job' })
      .click();
    await page.waitForURL((url) => url.hash.startsWith(`#/jobs/${good}/samples?task=demo_digits`));
    expect(complaints).toEqual([]);
    await close();
  });

  test('a job leads to its comparison, for which the other one is found by a text or given by its id', async () => {
    const { page, complaints, close } = await openPage(browser, server, `/jobs/${good}`);
    await page.getByRole('link', { name: 'Compare with …' }).click();
    await page.getByText('Choose one more job').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('pair/poor');
    await page.getByRole('option', { name: /pair\/poor.*demo_digits/ }).click();
    await rowOf(page, /demo_digits/)
      .first()
      .waitFor();
    expect(page.url()).toContain(`a=${poor}`);
    await show(page, `/compare?a=${good.slice(0, 13)}&b=${good}`);
    await page.getByText('These are one job').waitFor();
    const candidate = page.getByRole('combobox', { name: 'Candidate' });
    await candidate.fill(poor);
    await candidate.press('Enter');
    await rowOf(page, /demo_digits/)
      .first()
      .waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  test('each verdict has a sign, its name and its numbers, and what cannot be judged says why', async () => {
    const { page, complaints, close } = await openPage(browser, server, '/now');
    const worse: Partial<TaskComparison> = {
      delta: -0.05,
      interval: [-0.08, -0.02],
      difference: -0.05,
      verdict: 'worse',
    };
    const untested = {
      test: null,
      p_value: null,
      p_adjusted: null,
      interval: null,
      delta: null,
      stderr: null,
    } as const;
    const asked = await answer(
      page,
      madeComparison({
        comparisons: [
          madeTask({ task: 'one' }),
          madeTask({ task: 'two', ...worse, warnings: ['Other prompts in 3 pairs'] }),
          madeTask({ task: 'three', verdict: 'same', delta: 0, interval: [0, 0], p_adjusted: 1 }),
          madeTask({ task: 'four', verdict: 'inconclusive', n_paired: 700, reason: 'Only 700 of 900 are paired' }),
          madeTask({
            task: 'five',
            verdict: null,
            reason: 'No test: it is no mean',
            ...untested,
            flips: null,
            n_paired: null,
          }),
          madeTask({
            ...{
              task: 'six',
              verdict: null,
              reason: 'No test: no sample is the same document',
              ...untested,
              n_paired: 0,
            },
            flips: { better: 0, worse: 0, equal: 0, samples: [] },
          }),
        ],
        configuration: [{ task: 'one', field: 'num_fewshot', a: '0', b: null }],
        groups: [{ group: 'mmlu', members: ['mmlu_a', 'mmlu_b'] }],
        ...{ only_a: ['docvqa,anls,none'], only_b: ['gqa,acc,strict'], warnings: ['Other GPUs'] },
      }),
    );
    await show(page, `/compare?a=${madeId(1)}&b=${madeId(2)}`);
    await rowOf(page, /^one/).waitFor();
    expect(await verdicts(page)).toEqual(['1 better', '1 worse', '1 same', '1 inconclusive', '2 not judged']);
    await rowOf(
      page,
      /^two.*worse.*0\.600 ± 0\.016.*0\.650 ± 0\.016.*−0\.050 \[−0\.080, −0\.020\].*0\.001.*0\.028.*900.*\+71 −26/,
    ).waitFor();
    await rowOf(page, /^five.*not judged.*\+0\.050 no test/).waitFor();
    for (const text of [
      'Other GPUs',
      /Of the group mmlu/,
      /baseline alone has docvqa anls\.$/,
      /candidate alone has gqa acc strict\.$/,
    ]) {
      await page.getByText(text).waitFor();
    }
    await rowOf(page, /num_fewshot of one 0 none/).waitFor();
    await page.getByRole('link', { name: 'six' }).click();
    await page.getByText('The samples of the two cannot be paired.').waitFor();
    await page.goBack();
    await page.getByText('The samples of the two cannot be paired.').waitFor({ state: 'detached' });

    // By keys from score to score.
    await page.keyboard.press('j');
    await page.getByText('Other prompts in 3 pairs').waitFor();
    expect(page.url()).toContain('task=two');
    for (const _ of ['three', 'four', 'five']) await page.keyboard.press('j');
    await page.getByText('No test: it is no mean').waitFor();
    await page.keyboard.press('k');
    await page.getByText('Only 700 of 900 are paired').waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog').getByText('Swap baseline and candidate').waitFor();
    await page.keyboard.press('Escape');

    expect(asked.at(-1)?.get('allow_unpaired')).toBe('false');
    await page.getByRole('checkbox', { name: /fewer than 95 %/ }).click();
    await expect.poll(() => asked.at(-1)?.get('allow_unpaired')).toBe('true');
    expect(page.url()).toContain('unpaired=allowed');
    await rowOf(page, /^one/).waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'CSV' }).click(),
    ]);
    const lines = (await readFile(await download.path(), 'utf8')).split('\r\n');
    expect(lines[0]).toBe(exactColumns.map(({ name }) => name).join(','));
    expect(lines[2]).toContain(
      'two,acc,none,true,0.6,0.016,0.65,0.016,-0.05,900,900,900,-0.05,0.01,-0.08,-0.02,,mcnemar,',
    );
    expect(await findingsOf(page)).toEqual([]);
    // Of jobs that there are not the fields ask in vain.
    expect(complaints.filter((text) => !text.includes('404'))).toEqual([]);
    await close();
  });

  test('a comparison takes its time: it says so, and is not waited for any more when the view is left', async () => {
    const { page, close } = await openPage(browser, server, '/now');
    await page.route(isCompare, () => {});
    const lost = page.waitForEvent('requestfailed', (request) => isCompare(new URL(request.url())));
    await show(page, `/compare?a=${poor}&b=${good}`);
    await page
      .getByRole('status')
      .getByText(/^Comparing/)
      .waitFor();
    expect(await findingsOf(page)).toEqual([]);
    await show(page, '/now');
    expect((await lost).failure()?.errorText).toContain('ABORTED');
    await close();
  });

  test('what the server says against a comparison is shown, and it can be tried again', async () => {
    const { page, close } = await openPage(browser, server, `/compare?a=${poor}&b=${madeId(9)}`);
    await page
      .getByRole('alert')
      .getByText(/not found/)
      .waitFor();
    await page.getByText('No job that is kept has this id.').waitFor();
    await answer(page, madeComparison({ comparisons: [] }));
    await page.getByRole('alert').getByRole('button', { name: 'Try again' }).click();
    await page.getByText('The two have no score in common').waitFor();
    await show(page, '/compare');
    await page.getByText('Choose two jobs').waitFor();
    expect(await findingsOf(page)).toEqual([]);
    await close();
  });

  test('a sample that is not where it was, and one that cannot be read, say so', async () => {
    const { page, close } = await openPage(browser, server, '/now');
    const samples = [{ doc_id: 'x', index_a: 10_000, index_b: 0, value_a: 0, value_b: 1 }];
    const task = madeTask({ task: 'demo_digits', flips: { better: 300, worse: 0, equal: 0, samples } });
    const side = { ...madeComparison().a, job_id: poor };
    await answer(page, madeComparison({ a: side, b: { ...side, job_id: good }, comparisons: [task] }));
    await show(page, `/compare?a=${poor}&b=${good}`);
    await page.getByText('The samples are not where they were.').waitFor();
    await page.getByText('These are the 1 that differ most.').waitFor();
    await page.route('**/samples/**', (route) => route.abort());
    await show(page, '/now');
    await show(page, `/compare?a=${poor}&b=${good}`);
    await page
      .getByRole('alert')
      .getByText(/cannot be reached/)
      .waitFor();
    await close();
  });

  test('texts of runs are text within the page on a phone too', async () => {
    const hostile = '<img src=x onerror="window.hacked=1">\u202Eevil';
    const long = 'x'.repeat(900);
    const options = { viewport: { width: 390, height: 844 }, colorScheme: 'dark' } as const;
    const { page, complaints, close } = await openPage(browser, server, '/now', options);
    await answer(
      page,
      madeComparison({
        comparisons: [madeTask({ task: hostile, metric: long, reason: hostile, warnings: [long] })],
        configuration: [{ task: hostile, field: long, a: hostile, b: long }],
        ...{ only_a: [hostile], warnings: [hostile], groups: [{ group: hostile, members: [long] }] },
      }),
    );
    await show(page, `/compare?a=${poor}&b=${good}`);
    await rowOf(page, /better/)
      .first()
      .waitFor();
    expect(await overflowOf(page)).toBe(0);
    expect(await page.evaluate(() => 'hacked' in globalThis)).toBe(false);
    expect(await findingsOf(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });
});
