import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { expect, type TestContext, test } from 'vitest';
import { withCluster } from '../../support/clusters/slurm/suite.ts';
import { submit } from '../../support/jobs/client.ts';
import { jobWhen } from '../../support/jobs/jobs.ts';
import { describeWith, slurm } from '../../support/needs.ts';
import { temporaryFolder } from '../../support/runs/localRun.ts';
import { startServer } from '../../support/server/server.ts';
import { eventually } from '../../support/waiting/eventually.ts';

const GRACE = 4;
const demo = { model: 'nearest-template', tasks: ['demo_digits'], limit: 5 };

/** Processes of this machine that have a configuration of Slurm in their environment, by their names. */
async function clientsOf(configuration: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const named = await Promise.all(
    pids.map(async (pid) => {
      const variables = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      if (!variables.split('\0').includes(`SLURM_CONF=${configuration}`)) return [];
      return [(await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim()];
    }),
  );
  return named.flat().filter((name) => /^s(batch|queue|control|cancel|info)$/.test(name));
}

describeWith(slurm, 'a server whose Slurm never answers', () => {
  const { cluster } = withCluster({ nodes: 1 });

  const start = async (context: TestContext, env: Record<string, string>) => {
    const flags = ['--backend', 'slurm', '--grace', String(GRACE)];
    const server = await startServer({ flags, env });
    context.onTestFinished(async () => void (await server.stop()));
    return server;
  };
  /** Asks it to end, and holds it to its time. */
  const expectEnd = async ({ process: child }: { process: ChildProcess }) => {
    const exited = new Promise((resolve) => child.once('exit', resolve));
    const before = performance.now();
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
    expect((performance.now() - before) / 1_000).toBeLessThan(GRACE);
  };

  test('TERM ends a server whose SLURM_CONF is not there within its grace period, and no command of Slurm is left that goes on trying', async (context) => {
    const configuration = join(await temporaryFolder(), 'missing.conf');
    const server = await start(context, { ...cluster().env, SLURM_CONF: configuration });
    await submit(server.url, demo);
    await eventually(async () => (await clientsOf(configuration)).length > 0);
    await expectEnd(server);
    expect(await clientsOf(configuration)).toEqual([]);
  });

  test('TERM ends a server that has not started yet, for it waits for what its SLURM_CONF says, within its grace period', async (context) => {
    const configuration = join(await temporaryFolder(), 'missing.conf');
    const program = new URL('../../../src/evald.ts', import.meta.url).pathname;
    const flags = ['--backend', 'slurm', '--harness', 'demo', '--port', '0', '--grace', String(GRACE)];
    const child = spawn(process.execPath, [program, ...flags, '--data-dir', await temporaryFolder()], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...cluster().env, SLURM_CONF: configuration },
    });
    context.onTestFinished(() => void child.kill('SIGKILL'));
    let log = '';
    child.stderr.on('data', (piece) => {
      log += piece;
    });
    await eventually(async () => (await clientsOf(configuration)).length > 0);
    expect(log).not.toContain('listens on');
    await expectEnd({ process: child });
    expect(await clientsOf(configuration)).toEqual([]);
  });

  test('TERM ends a server whose controller takes connections and never answers within its grace period, with a job that waits to be submitted', async (context) => {
    const server = await start(context, cluster().env);
    const { pid } = cluster().controller;
    if (pid === undefined) throw new Error('there is no controller');
    process.kill(pid, 'SIGSTOP');
    context.onTestFinished(() => void process.kill(pid, 'SIGCONT'));
    const id = await submit(server.url, demo);
    await jobWhen(server.url, id, ({ backend }) => backend?.state?.startsWith('NOT SUBMITTED') === true);
    await eventually(async () => (await clientsOf(cluster().env['SLURM_CONF'] ?? '')).length > 0);
    await expectEnd(server);
    await eventually(async () => (await clientsOf(cluster().env['SLURM_CONF'] ?? '')).length === 0);
  });
});
