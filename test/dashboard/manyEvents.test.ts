import type { Browser, CDPSession } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { chromium, describeWith } from '../support/needs.ts';
import { launchBrowser } from '../support/server/browser.ts';
import { openPage } from '../support/server/page.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

/** Events of one round: each job is submitted, and cancelled. */
const ROUND = 2_500;
/** Bytes by which the page may have grown between the first round and the last: noise of a collector, not a thousand jobs. */
const GROWTH = 2_000_000;

describeWith(chromium, 'a page under many events', () => {
  let server: TestServer;
  let browser: Browser;
  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer(), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  test.each(['/now', '/jobs'])('the memory of %s does not grow over 10,000 events', async (path) => {
    const client = createClient({ server: server.url });
    await client.pause();
    const { page, close } = await openPage(browser, server, path);
    const session = await page.context().newCDPSession(page);
    const round = async () => {
      let events = 0;
      while (events < ROUND) {
        const added = Array.from({ length: 100 }, () => client.submit({ model: 'majority', tasks: ['demo_digits'] }));
        const ids = (await Promise.all(added)).map(({ job_id: id }) => id);
        const { counts } = await client.act({ action: 'cancel', ids });
        events += ids.length + counts.done;
      }
      await page.getByText('0 running, 0 queued').waitFor();
    };
    await round();
    const before = await heapOf(session);
    for (let more = 0; more < 3; more++) await round();
    expect((await heapOf(session)) - before).toBeLessThan(GROWTH);
    await client.resume();
    await close();
  });
});

/** Bytes that are reachable in the page. */
async function heapOf(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return usedSize;
}
