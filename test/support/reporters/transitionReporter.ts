import { globSync } from 'node:fs';
import { join } from 'node:path';
import type { Reporter, TestModule, Vitest } from 'vitest/node';
import type { AnyStateMachine } from 'xstate';
import { charts } from '../../../src/machines/charts.ts';
import { transitionsOf } from '../../model/chartTransitions.ts';

const root = join(import.meta.dirname, '..', '..', '..');

/**
 * Prints how many transitions of each chart were taken and which never were, and fails the run when there is one. It judges a run that
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
    for (const chart of Object.values(charts)) {
      const lines = transitionLines(chart, counts);
      console.log(lines.join('\n'));
      if (lines.length > 1) process.exitCode = 1;
    }
  }
}

/** How many transitions of a chart were taken, in one line; where some never were, these too, and at last that this is a failure. */
export function transitionLines(
  chart: AnyStateMachine,
  counts: readonly Record<string, Record<string, number>>[],
): string[] {
  const rows = transitionsOf(chart);
  const missed = rows.filter(({ key }) => !counts.some((count) => (count[chart.id]?.[key] ?? 0) > 0));
  const head = `${chart.id}: ${rows.length - missed.length} of ${rows.length} transitions taken`;
  if (missed.length === 0) return [head];
  return [
    head,
    ...missed.map(({ source, text }) => `    NEVER  ${source.padEnd(24)} ${text}`),
    `FAILED: ${missed.length} transitions of the chart ${chart.id} were never taken`,
  ];
}
