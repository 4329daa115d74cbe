import { globSync } from 'node:fs';
import type { Reporter, TestCase, TestModule, TestSuite, Vitest } from 'vitest/node';
import { long, measuring } from '../../tiers.ts';

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
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const inState = (state: string) => tests.filter((test) => test.result().state === state);
    // A suite whose set-up failed skips its tests: that is a failure, not a need that is not met.
    const skipped = inState('skipped').filter((test) => !isBroken(test.parent));
    const suites = modules.flatMap((module) => [module, ...module.children.allSuites()]);
    const broken = suites.filter((suite) => suite.errors().length > 0).length + unhandledErrors.length;
    const failed = inState('failed').length + broken;

    for (const [need, count] of counted(skipped.map(needOf))) console.log(`skipped ${count}: ${need}`);
    if (this.#projects.join() === 'short') {
      const left = globSync([...Object.keys(long), ...Object.keys(measuring)]).length;
      console.log(`left to "npm run test:all": ${left} files that take long (test/tiers.ts)`);
    }
    const counts = [`${inState('passed').length} passed`, `${failed} failed`];
    if (skipped.length > 0) counts.push(`${skipped.length} skipped`);
    console.log(counts.join(', '));
  }
}

function isBroken(suite: TestSuite | TestModule): boolean {
  return suite.errors().length > 0 || (suite.type === 'suite' && isBroken(suite.parent));
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
