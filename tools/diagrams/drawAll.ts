import { readFile } from 'node:fs/promises';
import { charts } from '../../src/machines/charts.ts';
import { toSvg } from './chartSvg.ts';
import { toMermaid } from './mermaid.ts';
import { systemSvg } from './systemSvg.ts';

/** Every drawing of the code as it is, by the name of its file. */
export async function drawAll(): Promise<Map<string, string>> {
  const style = await readFile(new URL('./drawing.css', import.meta.url), 'utf8');
  const drawings = new Map<string, string>();
  for (const [name, machine] of Object.entries(charts)) {
    drawings.set(`${name}.mmd`, `${toMermaid(machine)}\n`);
    drawings.set(`${name}.svg`, `${await toSvg(machine, style)}\n`);
    drawings.set(`outline/${name}.svg`, `${await toSvg(machine, style, 'outline')}\n`);
  }
  drawings.set('system.svg', `${await systemSvg(style)}\n`);
  return drawings;
}
