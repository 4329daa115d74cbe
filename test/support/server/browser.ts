import { type Browser, chromium, type Page } from 'playwright-core';
import { chromiumPath } from '../needs.ts';

/** Milliseconds that what a page is to show may take. It only guards, for machines are shared: less than a test has, so that it says what was waited for. */
const PATIENCE = 100_000;

/** Starts Debian's Chromium without a window, and without anything that asks the network by itself. @param more flags. */
export async function launchBrowser(...more: string[]): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: chromiumPath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...more,
    ],
  });
  browser.on('context', (context) => context.setDefaultTimeout(PATIENCE));
  return browser;
}

/** What a page complained of: errors on its console, and what its script threw. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  return complaints;
}
