import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const checkout = new URL('../../..', import.meta.url).pathname;

/** Builds and packs the package as it is published. @returns the archive, in this folder. */
export function pack(folder: string): string {
  const said = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: checkout,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 2 ** 26,
    // Vite would build another page for tests.
    env: { ...process.env, NODE_ENV: 'production' },
  });
  // The build may say something before.
  const [name] = /evald-[^"]*\.tgz(?=")/.exec(said) ?? [];
  if (name === undefined) throw new Error(`npm pack has named no archive: ${said}`);
  return join(folder, name);
}
