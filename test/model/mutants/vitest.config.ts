import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { keepCompiled } from '../../support/keepCompiled.ts';

keepCompiled();

/** Milliseconds. A mutant may well make a test hang; without one a machine is slow. */
const patience = process.env['TEST_MUTANT'] === 'none:0' ? 300_000 : 30_000;

/** The model-based tests against a mutant: all but those that start a server of their own, in which no mutant is. */
export default defineConfig({
  root: join(import.meta.dirname, '../../..'),
  test: {
    include: ['test/model/**/*.test.ts'],
    exclude: ['test/model/http/**'],
    setupFiles: ['./test/model/mutants/setup.ts'],
    testTimeout: patience,
    hookTimeout: patience,
    maxWorkers: 1,
    fileParallelism: false,
  },
});
