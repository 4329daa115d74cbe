import type { TestCase, TestModule, TestSuite } from 'vitest/node';

/** What became of the tests of some files. */
export type Counts = {
  passed: number;
  /** Tests, and suites and files that could not be run. */
  failed: number;
  /** For want of something that they need. */
  skipped: TestCase[];
};

export function countsOf(modules: readonly TestModule[]): Counts {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const inState = (state: string) => tests.filter((test) => test.result().state === state);
  // A suite whose set-up failed skips its tests: that is a failure, not a need that is not met.
  const skipped = inState('skipped').filter((test) => !isBroken(test.parent));
  const broken = modules.flatMap(suitesOf).filter((suite) => suite.errors().length > 0);
  return { passed: inState('passed').length, failed: inState('failed').length + broken.length, skipped };
}

/** A file, and every suite in it. */
export const suitesOf = (module: TestModule): (TestModule | TestSuite)[] => [module, ...module.children.allSuites()];

function isBroken(suite: TestSuite | TestModule): boolean {
  return suite.errors().length > 0 || (suite.type === 'suite' && isBroken(suite.parent));
}
