import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { removeFolder } from '../../../test/support/files/removeFolder.ts';
import { inspectPython } from '../../../test/support/needs.ts';
import { writeInspectTasks } from '../../../test/support/runs/inspectTasks.ts';
import { attempt } from './attempt.ts';

// A run of the harness that must leave a log with the scores of two scorers.
await attempt(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'evald-setup-'));
  try {
    const task = `${await writeInspectTasks(folder)}@letters`;
    const logs = join(folder, 'logs');
    const words = ['eval-set', task, '--model=none/none', `--log-dir=${logs}`, '--log-format=json', '--display=none'];
    await promisify(execFile)(inspectPython, ['-m', 'inspect_ai', ...words, '--ctl-server=false'], {
      env: { PATH: process.env['PATH'], HOME: folder },
      timeout: 300_000,
    });
    const [log] = (await readdir(logs)).filter((name) => name.includes('_letters_'));
    if (log === undefined) throw new Error('the run left no log');
    const { results } = JSON.parse(await readFile(join(logs, log), 'utf8'));
    const accuracy = results?.scores?.[0]?.metrics?.accuracy?.value;
    if (accuracy !== 0.5)
      throw new Error(`the accuracy of the run is ${accuracy}, which is 0.5 where everything works`);
  } finally {
    await removeFolder(folder);
  }
});
