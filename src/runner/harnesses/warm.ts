import { join } from 'node:path';
import { evaluateRequestSchema } from '../../schemas/submission/evaluateRequest.ts';
import type { WarmPythons } from '../backends/backend.ts';
import type { Catalog } from './catalog.ts';
import type { Harness } from './contract.ts';

export type WarmDependencies = {
  harness: Pick<Harness, 'check' | 'list' | 'name' | 'warm'>;
  /** Pythons that runs can be forked from; null: none can. */
  warm?: Pick<WarmPythons, 'prepare'> | null;
  catalog: Pick<Catalog, 'tasks' | 'models'>;
  /** Folders below which runs will write. */
  folders: readonly string[];
  /** Start of the names of the runs' own folders. */
  prefix: string;
  /** Takes reports of folders that the harness cannot write to. */
  onProblem(message: string): void;
};

/**
 * Asks the harness, behind a server that has started, what submissions and /tasks will ask, so that none of them waits
 * for a Python's start, and no run for that of a thread or for its imports. It also finds out whether the harness can be given the server's own folders. Never throws.
 */
export async function warmHarness(dependencies: WarmDependencies): Promise<void> {
  const { harness, warm = null, catalog, folders, prefix, onProblem } = dependencies;
  // Beside the rest. The lists of the catalogue are then asked of it.
  if (warm !== null) void harness.warm?.python().then(warm.prepare, () => {});
  const request = evaluateRequestSchema.parse({ model: 'none', tasks: ['none'] });
  for (const folder of folders) {
    // What reads the output of runs is ready then.
    await harness.list(join(folder, 'none')).catch(() => {});
    // That there is no harness to ask the scheduler says, and each submission.
    const checked = await harness
      .check(request, join(folder, `${prefix}00000000-0000-0000-0000-000000000000`))
      .catch(() => null);
    const fault = checked?.faults.find(({ path }) => path[0] === 'output_dir');
    if (fault !== undefined) {
      onProblem(
        `jobs that write below ${folder} are refused: ${fault.message} (--data-dir, --runs-dir, --output-root)`,
      );
    }
  }
  // What cannot be listed is said where the list is asked for.
  await catalog.tasks().catch(() => {});
  await catalog.models().catch(() => {});
}
