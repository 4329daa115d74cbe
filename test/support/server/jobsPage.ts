import type { Locator, Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { startServer, type TestServer } from './server.ts';

/** An evaluation that ends in a moment. */
export const quick = { model: 'majority', tasks: ['demo_digits'], limit: 5 };

/** One that a test can tell from the others, by the name of its checkpoint: `a/1`. */
export const named = (name: string, more: object = {}) => ({
  ...quick,
  model_args: { pretrained: `/ckpt/${name}` },
  ...more,
});

/** One that runs until it is stopped. */
export const endless = (name: string, more: object = {}) =>
  named(name, { model_args: { pretrained: `/ckpt/${name}`, delay: 3600 }, ...more });

/** The row of a job in the view Jobs. */
export const row = (page: Page, name: string): Locator => page.getByRole('article', { name, exact: true });

/** The names of the rows that are drawn, from the top. */
export const names = (page: Page): Promise<string[]> => page.getByRole('article').getByRole('link').allTextContents();

/** A server of its own for a test, which ends with it. */
export async function startFor(...flags: string[]): Promise<TestServer> {
  const server = await startServer({ flags });
  onTestFinished(async () => void (await server.stop()));
  return server;
}
