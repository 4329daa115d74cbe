import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { open, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { GrowingFile } from '../../../../src/files/growingFile.ts';
import { createLocalBackend } from '../../../../src/runner/backends/local/backend.ts';
import { outputsOf, readNotedLog, writersTo } from '../../../../src/runner/backends/local/logWriters.ts';
import { readProcesses } from '../../../../src/runner/backends/local/procfs.ts';
import { launch, launchSpec, temporaryFolder, watchToExit } from '../../../support/runs/localRun.ts';
import { isRunning } from '../../../support/runs/processes.ts';
import { eventually } from '../../../support/waiting/eventually.ts';

/** Milliseconds: many looks. */
const LONG = 500;

/** A run that has ended, and left a process that only its output ties to it: no mark, a session of its own, no parent. */
async function leftWriting() {
  const file = join(await temporaryFolder(), 'pid');
  const backend = createLocalBackend();
  const left = 'echo $$ >"$0.new"; mv "$0.new" "$0"; exec sleep 600';
  const spec = await launchSpec(['sh', '-c', 'env -i setsid sh -c "$1" "$0" &', file, left]);
  const handle = await launch(backend, spec);
  await watchToExit(backend, handle);
  await eventually(() => existsSync(file));
  const pid = Number(await readFile(file, 'utf8'));
  return { handle, spec, pid };
}

test.each([
  ['renamed', (log: string) => rename(log, `${log}.1`)],
  ['deleted', (log: string) => rm(log)],
  ['replaced', (log: string) => rename(log, `${log}.1`).then(() => writeFile(log, ''))],
])(
  'a process that writes to the log of a run is of the run when that was %s: it holds it, and is ended with it',
  async (_, abuse) => {
    const { handle, spec, pid } = await leftWriting();
    await abuse(spec.log);
    // One that has seen none of it, as after a restart.
    const next = createLocalBackend();
    const reports: string[] = [];
    const gone = new Promise<void>((resolve) => {
      next.watch(handle, ({ type }) => {
        reports.push(type);
        if (type === 'run.gone') resolve();
      });
    });
    await eventually(() => reports.length > 0);
    await setTimeout(LONG);
    expect(reports).toEqual(['run.exited']);
    await next.stop(handle, 'kill');
    await gone;
    expect(await isRunning(pid)).toBe(false);
  },
);

test('a file that got the number of a deleted log is not taken for it', async () => {
  const folder = await temporaryFolder();
  const log = await open(join(folder, 'log'), 'w');
  onTestFinished(() => log.close());
  const { dev, ino, birthtimeNs } = await log.stat({ bigint: true });
  const child = spawn('sleep', ['600'], { stdio: ['ignore', log.fd, 'ignore'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await symlink(join(folder, 'elsewhere'), join(folder, 'log.link'));
  const writers = async (birth: bigint) => {
    await writeFile(join(folder, 'log.file'), `${dev} ${ino} ${birth}\n`);
    const noted = await readNotedLog(folder);
    if (noted === null) throw new Error('the log is not noted');
    return (await writersTo(noted, outputsOf(await readProcesses(0)))).map(({ pid }) => pid);
  };
  expect(await writers(birthtimeNs)).toContain(child.pid);
  expect(await writers(birthtimeNs - 1n)).not.toContain(child.pid);
  expect(await writers(0n)).not.toContain(child.pid);
});

test('the log of a run that goes on is found by the run itself, after it was renamed and evald was started again', async () => {
  const backend = createLocalBackend();
  const spec = await launchSpec(['sh', '-c', 'echo ready; while :; do sleep 0.05; echo on; done']);
  const handle = await launch(backend, spec);
  await eventually(() => existsSync(spec.log));
  await rename(spec.log, `${spec.log}.1`);
  await writeFile(spec.log, '');
  const output = async () => (await createLocalBackend().outputOf?.(handle)) ?? null;
  const log = new GrowingFile(spec.log, output);
  onTestFinished(() => log.close());
  await log.observe();
  await eventually(async () => (await log.observe()).grew);
  await backend.stop(handle, 'kill');
  await watchToExit(backend, handle);
  expect(await output()).toBeNull();
});
