import { globSync } from 'node:fs';
import { join } from 'node:path';
import type { Reporter, TestModule, Vitest } from 'vitest/node';
import type { AnyStateMachine } from 'xstate';
import { charts } from '../../../src/machines/charts.ts';
import { transitionsOf } from '../../model/chartTransitions.ts';

const root = join(import.meta.dirname, '..', '..', '..');

/**
 * Prints how often each transition of each chart was taken, and fails the run when one never was. It judges a run that
 * had every file of `test/model/`, which take them all; a run of other files, or of tests picked by name, is not judged.
 */
export default class TransitionReporter implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const ran = new Set(modules.map(({ moduleId }) => moduleId));
    const isWhole = globSync('test/model/**/*.test.ts', { cwd: root }).every((file) => ran.has(join(root, file)));
    if (!isWhole || this.#vitest?.config.testNamePattern !== undefined) return;

    const counts = modules.map((module) => module.meta().transitions ?? {});
    for (const chart of Object.values(charts)) this.#report(chart, counts);
  }

  #report(chart: AnyStateMachine, counts: Record<string, Record<string, number>>[]): void {
    const rows = transitionsOf(chart).map(({ key, source, text }) => {
      const times = counts.reduce((sum, count) => sum + (count[chart.id]?.[key] ?? 0), 0);
      return { times, text: `${String(times || 'NEVER').padStart(9)}  ${source.padEnd(24)} ${text}` };
    });
    const missed = rows.filter(({ times }) => times === 0).length;
    console.log(`\n${chart.id}: ${rows.length - missed} of ${rows.length} transitions taken`);
    for (const { text } of rows) console.log(text);
    if (missed > 0) {
      console.log(`FAILED: ${missed} transitions of the chart ${chart.id} were never taken`);
      process.exitCode = 1;
    }
  }
}
