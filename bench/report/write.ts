import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Figures, Subject } from '../figures.ts';
import type { Plan } from '../plan.ts';
import { drawCharts } from './charts.ts';
import type { Machine } from './machine.ts';
import type { Section } from './sections.ts';
import { markdownTable } from './table.ts';

/** What a run came to. */
export type Report = { plan: Plan; figures: Figures; machine: Machine; date: Date };

/**
 * Writes sections into the README of a folder, each between its own marks, and into its `results.json`; the charts are part of the
 * first one. What else is in them stays: it may be of another day.
 * @throws when the README has not the marks of one of them; then nothing is written.
 */
export async function writeReport(folder: string, report: Report, sections: readonly Section[]): Promise<void> {
  const [readme, results] = [join(folder, 'README.md'), join(folder, 'results.json')];
  const text = sections.reduce((written, section) => put(written, section, report), await readFile(readme, 'utf8'));
  const earlier = existsSync(results) ? JSON.parse(await readFile(results, 'utf8')) : {};
  const parts = Object.fromEntries(sections.map((section) => [section.name, partOf(section, report)]));
  await writeFile(results, `${JSON.stringify({ ...earlier, ...parts }, null, 2)}\n`);
  if (sections.some(({ name }) => name === 'results')) await drawCharts(report.plan, report.figures, folder);
  await writeFile(readme, text);
}

function put(text: string, section: Section, report: Report): string {
  const [begin, end] = [`<!-- ${section.name} -->\n`, `<!-- /${section.name} -->`];
  const [first, last] = [text.indexOf(begin), text.indexOf(end)];
  if (first < 0 || last < first) throw new Error(`the README has no marks of ${section.name}`);
  return `${text.slice(0, first + begin.length)}\n${shown(section, report)}\n\n${text.slice(last)}`;
}

function shown({ table, repeated, versions }: Section, { plan, figures, machine, date }: Report): string {
  const { processor, cores, memory, kernel, node, evald, commit, filesystem, load } = machine;
  const where = `${cores} cores (${processor}), ${memory}, Linux ${kernel}, ${filesystem}`;
  const others = Object.entries(versions(machine)).map((version) => version.join(' '));
  const what = [`Node ${node}`, `evald ${evald} (${commit})`, ...others].join(', ');
  const day = date.toISOString().slice(0, 10);
  const line = `${day}, ${where}; load ${load.toFixed(1)} before it began; ${what}. ${repeated(plan)}`;
  return [line, markdownTable(table(plan, figures))].join('\n\n');
}

/** What `results.json` has of a section: the values of its figures, in the order in which they came, and their medians. */
function partOf({ owns }: Section, { plan, figures, machine, date }: Report) {
  const values = Object.fromEntries(Object.entries(figures.values).filter(([figure]) => owns(figure)));
  const medians = Object.fromEntries(
    Object.entries(values).map(([figure, subjects]) => [
      figure,
      Object.fromEntries(Object.keys(subjects).map((subject) => [subject, figures.of(figure, subject as Subject)])),
    ]),
  );
  return { date: date.toISOString(), machine, plan, medians, values };
}
