import { globSync } from 'node:fs';
import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node';
import { long, measuring } from '../../tiers.ts';
import { countsOf } from './counts.ts';

/**
 * Closes a test run with what was skipped, by the command that would provide it, with what is left to the full run, and
 * with one line of counts from vitest's own results.
 */
export default class ClosingReporter implements Reporter {
  #projects: string[] = [];

  onInit(vitest: Vitest): void {
    this.#projects = vitest.projects.map(({ name }) => name);
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const { passed, failed, skipped } = countsOf(modules);

    for (const [need, count] of counted(skipped.map(needOf))) console.log(`skipped ${count}: ${need}`);
    if (this.#projects.join() === 'short') {
      const left = globSync([...Object.keys(long), ...Object.keys(measuring)]).length;
      console.log(`left to "npm run test:all": ${left} files that take long (test/tiers.ts)`);
    }
    const counts = [`${passed} passed`, `${failed + unhandledErrors.length} failed`];
    if (skipped.length > 0) counts.push(`${skipped.length} skipped`);
    console.log(counts.join(', '));
  }
}

function needOf(test: TestCase): string {
  const result = test.result();
  const note = result.state === 'skipped' ? result.note : undefined;
  const command = /\(needs (.+?)\)/.exec(note ?? test.fullName)?.[1];
  return command === undefined ? `${test.module.moduleId} ${test.fullName}` : `run "${command}" first`;
}

function counted(texts: string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}
