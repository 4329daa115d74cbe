import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { keepCompiled } from './test/support/keepCompiled.ts';
import { long, measuring } from './test/tiers.ts';

keepCompiled();

const [longFiles, measuringFiles] = [Object.keys(long), Object.keys(measuring)];
/** Most tests wait, for a process or a disk, most of their time. */
const side = { maxWorkers: 2 * availableParallelism() };
const alone = { maxWorkers: 1 };

export default defineConfig({
  test: {
    globalSetup: ['./test/support/server/buildDashboard.ts'],
    setupFiles: ['./test/support/reporters/transitionRecorder.ts'],
    // Generous: tests wait for events, and a shared machine may take long to give them.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 100_000 } },
    reporters: [
      'default',
      './test/support/reporters/transitionReporter.ts',
      './test/support/reporters/closingReporter.ts',
    ],
    // `npm test` runs the first of them; each begins when the one before has ended.
    projects: [
      {
        extends: true,
        test: {
          name: 'short',
          include: ['test/**/*.test.ts'],
          exclude: [...longFiles, ...measuringFiles],
          sequence: { groupOrder: 1 },
          ...side,
        },
      },
      {
        extends: true,
        test: { name: 'long', include: longFiles, exclude: measuringFiles, sequence: { groupOrder: 2 }, ...side },
      },
      { extends: true, test: { name: 'measuring', include: measuringFiles, sequence: { groupOrder: 3 }, ...alone } },
    ],
  },
});
