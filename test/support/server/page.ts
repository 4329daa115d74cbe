import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { complaintsOf } from './browser.ts';

export type OpenedPage = {
  page: Page;
  /** Errors on its console, and what its scripts threw, so far. */
  complaints: string[];
  close(): Promise<void>;
};

const laptop: BrowserContextOptions = { viewport: { width: 1400, height: 900 }, colorScheme: 'light' };

/**
 * Opens the dashboard in a context of its own, and waits until it is connected.
 * @param path what stands after `#`: `/jobs?status=failed`. @param token is typed in where it is given.
 */
export async function openPage(
  browser: Browser,
  server: { url: string },
  path = '/now',
  { token, ...view }: BrowserContextOptions & { token?: string } = {},
): Promise<OpenedPage> {
  const context = await browser.newContext({ ...laptop, ...view });
  const page = await context.newPage();
  const complaints = complaintsOf(page);
  await page.goto(`${server.url}/#${path}`);
  if (token !== undefined) {
    await page.getByLabel('Token').fill(token);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }
  await page
    .getByRole('banner')
    .getByText(/\d running, [\d,]+ queued/)
    .waitFor();
  return { page, complaints, close: () => context.close() };
}
