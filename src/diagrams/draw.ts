import { readFile, writeFile } from 'node:fs/promises';
import { charts } from './charts.ts';
import { toMermaid } from './mermaid.ts';

/**
 * Writes `diagrams/<name>.mmd` for every chart; with `--check` writes nothing and fails when a drawing differs from
 * the code.
 */
const checking = process.argv.includes('--check');
for (const [name, machine] of Object.entries(charts)) {
  const file = new URL(`../../diagrams/${name}.mmd`, import.meta.url);
  const drawing = `${toMermaid(machine)}\n`;
  if (!checking) await writeFile(file, drawing);
  else if ((await readFile(file, 'utf8').catch(() => '')) !== drawing) {
    console.error(`diagrams/${name}.mmd differs from the machine; run "npm run diagrams" and look at the change`);
    process.exitCode = 1;
  }
}
