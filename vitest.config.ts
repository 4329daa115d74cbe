import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['./test/support/reporters/transitionRecorder.ts'],
    // Generous: tests wait for events, and a shared machine may take long to give them.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: [
      'default',
      './test/support/reporters/transitionReporter.ts',
      './test/support/reporters/closingReporter.ts',
    ],
  },
});
