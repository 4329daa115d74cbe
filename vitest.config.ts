import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['./test/support/transitionRecorder.ts'],
    // Generous: tests wait for events, and a shared machine may take long to give them.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ['default', './test/support/transitionReporter.ts', './test/support/closingReporter.ts'],
  },
});
