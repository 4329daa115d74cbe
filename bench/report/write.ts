import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Figures, Subject } from '../figures.ts';
import type { Plan } from '../plan.ts';
import { drawCharts } from './charts.ts';
import type { Machine } from './machine.ts';
import { peerRowsOf } from './peerRows.ts';
import { rowsOf } from './rows.ts';
import { markdownTable, otherQueues, tableOf } from './table.ts';

const BETWEEN = /(<!-- results -->\n)[\s\S]*(<!-- \/results -->)/;

/** What a whole run came to. */
export type Report = { plan: Plan; figures: Figures; machine: Machine; date: Date };

/** The tables of a run, as cells: of everything, and of submissions beside other queues where those were measured. */
export function tablesOf(plan: Plan, figures: Figures): string[][][] {
  const tables = [tableOf(rowsOf(plan), figures), tableOf(peerRowsOf(plan), figures, otherQueues)];
  return tables.filter(({ length }) => length > 1);
}

/** Writes `results.json`, the charts, and the tables into the README of a folder, between its marks. */
export async function writeReport(folder: string, { plan, figures, machine, date }: Report): Promise<void> {
  const medians = Object.fromEntries(
    Object.entries(figures.values).map(([figure, subjects]) => [
      figure,
      Object.fromEntries(Object.keys(subjects).map((subject) => [subject, figures.of(figure, subject as Subject)])),
    ]),
  );
  const results = { date: date.toISOString(), machine, plan, medians, values: figures.values };
  await writeFile(join(folder, 'results.json'), `${JSON.stringify(results, null, 2)}\n`);
  await drawCharts(plan, figures, folder);
  const { processor, cores, memory, kernel, node, evald, commit, filesystem } = machine;
  const where = `${date.toISOString().slice(0, 10)}, ${cores} cores (${processor}), ${memory}, Linux ${kernel}, ${filesystem}; Node ${node}, evald ${evald} (${commit}). Medians of ${plan.rounds} rounds.`;
  const tables = [where, ...tablesOf(plan, figures).map(markdownTable)];
  const versions = Object.entries(machine.peers ?? {}).map((peer) => peer.join(' '));
  if (versions.length > 0) tables.push(`Beside evald: ${versions.join(', ')}.`);
  const section = `\n${tables.join('\n\n')}\n\n`;
  const readme = join(folder, 'README.md');
  const text = await readFile(readme, 'utf8');
  await writeFile(
    readme,
    text.replace(BETWEEN, (_, begin, end) => `${begin}${section}${end}`),
  );
}
