import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** Builds the page before any test runs, as `npm ci` does: a test never sees one that is older than its sources. */
export default async function buildDashboard(): Promise<void> {
  // What is tested is what is published: vite would build another one for tests.
  const before = process.env['NODE_ENV'];
  process.env['NODE_ENV'] = 'production';
  await build({ configFile: fileURLToPath(new URL('../../../src/dashboard/vite.config.ts', import.meta.url)) });
  process.env['NODE_ENV'] = before;
}
