import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { removeFolder } from '../../../test/support/files/removeFolder.ts';
import { lmmsEvalPython } from '../../../test/support/needs.ts';
import { offline, writeTinyTasks } from '../../../test/support/runs/tinyTask.ts';
import { attempt } from './attempt.ts';

const run = promisify(execFile);
/** Milliseconds; a run takes a quarter of a minute on a machine that does nothing else. */
const LIMIT = 600_000;

// A run of the harness that must leave results and samples, and its client, which is imported by way of its server.
await attempt(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'evald-setup-'));
  const options = { env: { ...process.env, ...offline, HF_HOME: join(folder, 'hf') }, timeout: LIMIT };
  try {
    const tiny = await writeTinyTasks(lmmsEvalPython, folder);
    const out = join(folder, 'out');
    const asked = ['--model', 'dummy', '--model_args', 'response=B', '--tasks', tiny.tasks[0], '--log_samples'];
    const where = ['--include_path', tiny.includePath, '--output_path', out];
    const { stderr } = await run(lmmsEvalPython, ['-m', 'lmms_eval', ...asked, ...where], options);
    const files = await readdir(out, { recursive: true }).catch(() => []);
    const results = files.find((name) => name.endsWith('_results.json'));
    if (results === undefined) throw new Error(`${stderr}\nthe run left no results`);
    if (!files.some((name) => name.endsWith('.jsonl'))) throw new Error(`${stderr}\nthe run left no samples`);
    const { [tiny.tasks[0]]: numbers } = JSON.parse(await readFile(join(out, results), 'utf8')).results;
    const match = numbers?.['exact_match,none'];
    if (match !== 0.5) throw new Error(`exact_match of the run is ${match}, which is 0.5 where everything works`);
    await run(lmmsEvalPython, ['-c', 'from lmms_eval.entrypoints import AsyncEvalClient, EvalClient'], options);
  } finally {
    await removeFolder(folder);
  }
});
