import { crc32, deflateSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from '../../src/client/client.ts';
import { startWrittenServer } from '../support/harnesses/writtenLmmsEval.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { chromium, describeWith } from '../support/needs.ts';
import { findingsOf, overflowOf } from '../support/server/accessibility.ts';
import { launchBrowser } from '../support/server/browser.ts';
import { openPage } from '../support/server/page.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

/** A red square. */
function png(side: number): Buffer {
  const row = Buffer.concat([Buffer.of(0), Buffer.alloc(side * 3, Buffer.of(200, 30, 30))]);
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.from([0, 0, 0, side, 0, 0, 0, side, 8, 2, 0, 0, 0]);
  const rows = deflateSync(Buffer.concat(Array.from({ length: side }, () => row)));
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))]);
}

/** An eighth of a second of silence. */
function wav(): Buffer {
  const head = Buffer.from(
    'RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data',
    'latin1',
  );
  const size = Buffer.alloc(4);
  size.writeUInt32LE(1_000);
  const file = Buffer.concat([head, size, Buffer.alloc(1_000, 128)]);
  file.writeUInt32LE(file.length - 8, 4);
  return file;
}

const results = (...tasks: string[]) =>
  Object.fromEntries(tasks.map((task) => [task, { alias: task, 'acc,none': 0.5, 'acc_stderr,none': 0.1 }]));

const heading = (page: Page, text: string) =>
  page.getByRole('article', { name: 'Sample' }).getByRole('heading', { name: text, exact: true }).waitFor();

describeWith(chromium, 'the samples of a job', () => {
  let demo: TestServer;
  let written: Awaited<ReturnType<typeof startWrittenServer>>;
  let browser: Browser;
  beforeAll(async () => {
    [demo, written, browser] = await Promise.all([startServer(), startWrittenServer(), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all([demo?.stop(), written?.stop()]);
  });

  /** Evaluates what the run is to write. */
  const evaluated = async (...[what]: Parameters<typeof written.write>): Promise<string> => {
    await written.write(what);
    const id = await submit(written.url, { model: 'm', tasks: Object.keys(what.results) });
    await endedJob(written.url, id);
    return id;
  };

  test('samples of a real run are counted by what became of them, and ← and → go through those that were chosen', async () => {
    const id = await submit(demo.url, { model: 'majority', tasks: ['demo_digits', 'demo_shapes'], limit: 30 });
    await endedJob(demo.url, id);
    const wrong = await createClient({ server: demo.url }).samples(id, 'demo_shapes', { filter: 'wrong' });
    expect(wrong.total).toBeGreaterThan(3);
    const ids = wrong.samples.map((sample) => String(Object(sample).doc_id));
    const { page, complaints, close } = await openPage(browser, demo, `/jobs/${id}/samples`);
    await heading(page, '1 of 30');
    await page.getByLabel('Task').selectOption('demo_shapes');
    await page.getByRole('button', { name: `wrong ${wrong.total}` }).click();
    await heading(page, `1 of ${wrong.total}`);
    await page.getByRole('button', { name: `right ${30 - wrong.total}` }).waitFor();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await heading(page, `3 of ${wrong.total}`);
    await page.keyboard.press('ArrowLeft');
    await heading(page, `2 of ${wrong.total}`);
    const address = page.url();
    expect(address).toContain('?task=demo_shapes&filter=wrong&sample=2');
    const chosen = page.locator('.sample-list [aria-current="true"]');
    expect(await chosen.textContent()).toContain(ids[1]);
    expect(await findingsOf(page)).toEqual([]);

    const colleague = await openPage(browser, demo, address.slice(address.indexOf('#') + 1));
    await heading(colleague.page, `2 of ${wrong.total}`);
    expect(await colleague.page.locator('.sample-list [aria-current="true"]').textContent()).toContain(ids[1]);
    await colleague.page.keyboard.press('ArrowLeft');
    await heading(colleague.page, `1 of ${wrong.total}`);
    await colleague.page.keyboard.press('ArrowLeft');
    await heading(colleague.page, `1 of ${wrong.total}`);
    expect([...complaints, ...colleague.complaints]).toEqual([]);
    await colleague.close();
    await close();
  });

  test('a sample shows its question, target, answer, their difference word by word, its fields and its JSON with every digit', async () => {
    const sample = {
      doc_id: 0,
      input: 'What jumps?\nAnswer in a sentence.',
      target: 'The brown fox jumps over the dog',
      filtered_resps: ['The red fox jumps over a dog'],
      resps: [['It is: The red fox jumps over a dog']],
      acc: 0,
    };
    const exact = `${JSON.stringify(sample).slice(0, -1)}, "big": 18446744073709551615, "tiny": [1e-400]}`;
    const id = await evaluated({ results: results('t'), samples: { t: [exact] } });
    const { page, complaints, close } = await openPage(browser, written, `/jobs/${id}/samples`);
    const shown = page.getByRole('article', { name: 'Sample' });
    await shown.getByRole('region', { name: 'Question' }).getByText('What jumps? Answer in a sentence.').waitFor();
    const difference = shown.getByRole('region', { name: 'Difference' });
    expect(await difference.locator('del').allTextContents()).toEqual(['brown', 'the']);
    expect(await difference.locator('ins').allTextContents()).toEqual(['red', 'a']);
    await shown.getByRole('region', { name: 'As the model said it' }).getByText('It is: The red fox').waitFor();
    await shown.getByText('18446744073709551615', { exact: true }).waitFor();
    await shown.getByText('JSON, as the harness wrote it').click();
    const json = (await shown.getByRole('region', { name: 'JSON' }).textContent()) ?? '';
    expect(json).toContain('"big": 18446744073709551615');
    expect(json).toContain('1e-400');
    expect(await findingsOf(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });

  test('images and sounds of a sample are shown, from data URLs, base64 and files of the run; SVG, and what is none, never', async () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" onload="window.hacked=1"><script>window.hacked=1</script></svg>';
    const svgBase64 = Buffer.from(svg).toString('base64');
    const sample = {
      doc_id: 0,
      target: 'red',
      filtered_resps: 'red',
      acc: 1,
      by_url: `data:image/png;base64,${png(20).toString('base64')}`,
      doc: { image: { bytes: png(21).toString('base64'), path: 'was-called.png' } },
      by_file: 'pictures/one.png',
      sound: wav().toString('base64'),
      drawing: `data:image/svg+xml;base64,${svgBase64}`,
      // It says that it is a picture, and is a drawing.
      lie: `data:image/png;base64,${svgBase64}`,
      drawn_file: 'pictures/drawing.png',
      elsewhere: '/etc/passwd.png',
      remote: 'https://example.org/picture.png',
    };
    const id = await evaluated({
      results: results('t'),
      samples: { t: [sample] },
      files: { 'pictures/one.png': png(22).toString('base64'), 'pictures/drawing.png': svgBase64 },
    });
    const { page, complaints, close } = await openPage(browser, written, `/jobs/${id}/samples`);
    await expect
      .poll(() => page.locator('.media img').evaluateAll((all) => all.map((one) => Reflect.get(one, 'naturalWidth'))))
      .toEqual([20, 22, 21]);
    const none = page.getByText(/is not shown: it is no PNG/);
    await expect.poll(() => none.count()).toBe(3);
    await page.getByText('/etc/passwd.png is not shown: there is no such file').waitFor();
    await page.getByText('https://example.org/picture.png is not shown: there is no such file').waitFor();
    await expect
      .poll(() => page.locator('audio').evaluate((one) => Math.round(1_000 * Number(Reflect.get(one, 'duration')))))
      .toBe(125);
    expect(await findingsOf(page)).toEqual([]);
    for (const [file, text] of [
      ['one', null],
      ['drawing', 'It is called a picture, and is none'],
    ] as const) {
      await page.goto(`${written.url}/#/jobs/${id}/files`);
      await page.getByRole('link', { name: `pictures/${file}.png` }).click();
      const preview = page.getByRole('region', { name: 'Preview' });
      await (text === null ? preview.getByRole('img') : preview.getByText(text)).waitFor();
    }
    expect(await page.evaluate(() => 'hacked' in globalThis)).toBe(false);
    expect(complaints).toEqual([]);
    await close();
  });

  test('The counts of one task are not shown as those of another while these are under way', async () => {
    const sample = { doc_id: 0, target: 'a', filtered_resps: 'a', acc: 1 };
    const id = await evaluated({ results: results('t', 'u'), samples: { t: [sample], u: [sample, sample] } });
    const { page, complaints, close } = await openPage(browser, written, `/jobs/${id}/samples`);
    await page.getByRole('button', { name: 'right 1', exact: true }).waitFor();
    const { promise: held, resolve: answer } = Promise.withResolvers<void>();
    await page.route('**/samples/u**', async (route) => {
      await held;
      await route.continue();
    });
    await page.locator('.task-choice select').selectOption('u');
    await page.getByRole('button', { name: 'right', exact: true }).waitFor();
    answer();
    await page.getByRole('button', { name: 'right 2', exact: true }).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  test('answers that are empty or failed, samples that nothing decides, and those that the server cuts are named as such', async () => {
    const failed = '[LMMS_EVAL_REQUEST_FAILED after 3 retries] 429';
    const id = await evaluated({
      results: results('t'),
      samples: {
        t: [
          { doc_id: 0, target: 'a', filtered_resps: 'a', acc: 1 },
          { doc_id: 1, target: 'a', filtered_resps: '', acc: 0 },
          { doc_id: 2, target: 'a', filtered_resps: failed, acc: 0 },
          { doc_id: 3, target: 'a', filtered_resps: 'b' },
          `{"doc_id": 4, "long": "${'x'.repeat(1_100_000)}"}`,
          '{"doc_id": 5, broken',
        ],
      },
    });
    const { page, complaints, close } = await openPage(browser, written, `/jobs/${id}/samples`);
    for (const name of ['all 6', 'wrong 2', 'right 1', 'undecided 3', 'empty answer 1', 'failed answer 1']) {
      await page.getByRole('button', { name, exact: true }).waitFor();
    }
    await page.getByRole('button', { name: 'empty answer 1' }).click();
    await page.getByText('The answer is empty.').waitFor();
    await page.getByRole('button', { name: 'failed answer 1' }).click();
    await page.getByRole('region', { name: 'Answer' }).getByText(failed).waitFor();
    await page.getByRole('article').getByText('failed answer').waitFor();
    await page.getByRole('button', { name: 'undecided 3' }).click();
    await heading(page, '1 of 3');
    await page.keyboard.press('ArrowRight');
    await page.getByText(/This sample is not shown as it is: it is longer than 1048576 bytes/).waitFor();
    await page.keyboard.press('ArrowRight');
    await page.getByText(/This sample is not shown as it is: it is no JSON/).waitFor();
    await page.getByRole('region', { name: 'It begins' }).getByText('{"doc_id": 5, broken').waitFor();
    expect(await findingsOf(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });

  test('hundreds of samples come in pages; → goes on from the last one of a page, and a list that is long is never loaded whole', async () => {
    const many = Array.from({ length: 230 }, (_, n) => ({
      doc_id: n,
      target: 'a',
      filtered_resps: `answer ${n}`,
      acc: n % 2,
    }));
    const id = await evaluated({ results: results('t'), samples: { t: many } });
    const { page, complaints, close } = await openPage(browser, written, `/jobs/${id}/samples?sample=50`);
    await heading(page, '50 of 230');
    await page.keyboard.press('ArrowRight');
    await heading(page, '51 of 230');
    await page.getByRole('region', { name: 'Answer' }).getByText('answer 50', { exact: true }).waitFor();
    expect(await page.locator('.sample-row').count()).toBe(50);
    await page.getByRole('link', { name: 'Next 50' }).click();
    await heading(page, '101 of 230');
    await page.goto(`${written.url}/#/jobs/${id}/samples?sample=900`);
    await page.getByText('There is no sample 900').waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  test('what a run wrote into any field of a sample is text within the page, on a phone too', async () => {
    const hostile =
      '</div><img src=x onerror="window.hacked=1"><script>window.hacked=1</script>\u202Eevil\u0000\u001b[31m';
    const long = 'x'.repeat(60_000);
    const fields = ['target', 'filtered_resps', 'resps', 'input', 'doc', 'arguments', 'acc', 'evald_cut', '__proto__'];
    const samples = [
      ...[hostile, long].flatMap((text) =>
        fields.map((name) => `{"doc_id": ${JSON.stringify(text)}, ${JSON.stringify(name)}: ${JSON.stringify(text)}}`),
      ),
      { [hostile]: { [hostile]: hostile }, input: [{ role: hostile, content: [{ type: 'text', text: hostile }] }] },
      { evald_cut: { reason: hostile, bytes: 1, text: hostile } },
      { resps: 7, target: null, filtered_resps: [[[]]], input: { [long]: long } },
      `{"deep": ${'['.repeat(400)}${']'.repeat(400)}}`,
    ];
    const id = await evaluated({ results: results('t'), samples: { t: samples } });
    const view = { viewport: { width: 390, height: 844 }, colorScheme: 'dark' } as const;
    const { page, complaints, close } = await openPage(browser, written, `/jobs/${id}/samples`, view);
    for (let number = 1; number <= samples.length; number++) {
      await heading(page, `${number} of ${samples.length}`);
      expect(await overflowOf(page), `sample ${number}`).toBe(0);
      await page.keyboard.press('ArrowRight');
    }
    expect(await page.evaluate(() => 'hacked' in globalThis)).toBe(false);
    expect(await page.locator('article script, article img').count()).toBe(0);
    expect(await findingsOf(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });

  test('where there are no samples it is said why, and samples of a job that failed say that they are partial', async () => {
    const without = await submit(demo.url, { model: 'majority', tasks: ['demo_digits'], limit: 2, log_samples: false });
    await endedJob(demo.url, without);
    const first = await openPage(browser, demo, `/jobs/${without}/samples`);
    await first.page.getByText('The job was asked to log none').waitFor();
    await first.close();
    const id = await evaluated({ results: results('t'), samples: { t: [{ doc_id: 0, acc: 1 }] }, exit: 3 });
    const { page, complaints, close } = await openPage(browser, written, `/jobs/${id}/samples`);
    await page.getByText('The job failed (exited): these are the samples that it had saved until then.').waitFor();
    await page.goto(`${written.url}/#/jobs/${id}/samples?task=nosuch`);
    await page.getByText(`Job ${id} has no samples of nosuch`).waitFor();
    expect([...complaints, ...first.complaints].filter((text) => !text.includes('404'))).toEqual([]);
    await close();
  });
});
