import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** What axe finds in a page as it is now that keeps people from using it: the rule, and the elements. Empty: nothing. */
export async function findingsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>('axe.run()');
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' ')}`);
}

/** CSS pixels by which a page is wider than its window. */
export const overflowOf = (page: Page): Promise<number> =>
  page.locator('html').evaluate((root) => root.scrollWidth - root.clientWidth);
