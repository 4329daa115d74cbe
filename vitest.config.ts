import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { keepCompiled } from './test/support/keepCompiled.ts';
import { long, longest, measuring } from './test/tiers.ts';

keepCompiled();

const [longFiles, measuringFiles] = [Object.keys(long), Object.keys(measuring)];
/** Most tests wait, for a process or a disk, most of their time. */
const side = { maxWorkers: 2 * availableParallelism() };
const alone = { maxWorkers: 1 };

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => longest.findIndex((file) => moduleId.endsWith(`/${file}`));
    const isFirst = (file: TestSpecification) => place(file) >= 0;
    const sorted = await super.sort(files);
    const first = sorted.filter(isFirst).toSorted((a, b) => place(a) - place(b));
    return [...first, ...sorted.filter((file) => !isFirst(file))];
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
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
