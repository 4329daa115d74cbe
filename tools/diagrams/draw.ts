import { readFile, writeFile } from 'node:fs/promises';
import { drawAll } from './drawAll.ts';

/**
 * Writes every drawing into `diagrams/`; with `--check` writes nothing and fails when one differs from the code.
 */
const checking = process.argv.includes('--check');
for (const [name, drawing] of await drawAll()) {
  const file = new URL(`../../diagrams/${name}`, import.meta.url);
  if (!checking) await writeFile(file, drawing);
  else if ((await readFile(file, 'utf8').catch(() => '')) !== drawing) {
    console.error(`diagrams/${name} differs from the machine; run "npm run diagrams" and look at the change`);
    process.exitCode = 1;
  }
}
