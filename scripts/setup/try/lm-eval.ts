import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeFolder } from '../../../test/support/files/removeFolder.ts';
import { lmEvalPython } from '../../../test/support/needs.ts';
import { letterTask, runLmEval, writeLetterTask } from '../../../test/support/runs/letterTask.ts';
import { attempt } from './attempt.ts';

// A run of the harness that must leave results and samples by two filters.
await attempt(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'evald-setup-'));
  try {
    const includePath = await writeLetterTask(folder, ['a', 'b', 'C', 'd']);
    const run = { folder, includePath, said: ['a', 'B', 'C', 'x'], output: join(folder, 'out') };
    const { results, samples } = await runLmEval(lmEvalPython, run);
    if (samples.length !== 1) throw new Error('the run left no samples');
    const row = JSON.parse(await readFile(results, 'utf8')).results[letterTask];
    const match = row?.['exact_match,strict'];
    if (match !== 0.5) throw new Error(`exact_match of the run is ${match}, which is 0.5 where everything works`);
  } finally {
    await removeFolder(folder);
  }
});
