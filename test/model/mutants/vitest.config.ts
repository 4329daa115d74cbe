import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { keepCompiled } from '../../support/keepCompiled.ts';

keepCompiled();

/** The model-based tests against a mutant: all but those that start a server of their own, in which no mutant is. */
export default defineConfig({
  root: join(import.meta.dirname, '../../..'),
  test: {
    include: ['test/model/**/*.test.ts'],
    exclude: ['test/model/http/**'],
    setupFiles: ['./test/model/mutants/setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    maxWorkers: 1,
    fileParallelism: false,
  },
});
