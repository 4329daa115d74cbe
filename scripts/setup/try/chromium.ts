import { launchBrowser } from '../../../test/support/server/browser.ts';
import { attempt } from './attempt.ts';

// A page with a script, in the browser as the tests start it.
await attempt(async () => {
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    await page.setContent('<p></p><script>document.querySelector("p").textContent = String(6 * 7)</script>');
    const words = await page.textContent('p');
    if (words !== '42') throw new Error(`a page of Chromium shows ${words}, not 42`);
  } finally {
    await browser.close();
  }
});
