import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** Builds the page before any test runs, as `npm ci` does: a test never sees one that is older than its sources. */
export default async function buildDashboard(): Promise<void> {
  await build({ configFile: fileURLToPath(new URL('../../../src/dashboard/vite.config.ts', import.meta.url)) });
}
