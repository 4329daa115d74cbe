import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** What hinders readers with other senses or without a mouse, as axe-core finds it: the rule, and the elements. */
export async function hindrances(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>('axe.run()');
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' ')}`);
}
