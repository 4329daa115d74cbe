import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { inodeCheck } from '../../src/cli/doctor/machine.ts';
import { accountsIn, partitionsIn, wordOf } from '../../src/cli/preflight/slurmSetup.ts';
import { fakeSlurm } from '../support/clusters/fakeSlurm.ts';
import { openssl, skipWithout } from '../support/needs.ts';
import { fixture, temporaryFolder } from '../support/runs/localRun.ts';
import { makeCertificate } from '../support/server/certificate.ts';
import { runMain } from '../support/server/runMain.ts';
import { startServer } from '../support/server/server.ts';

type Report = { state: string; checks: { name: string; state: string; says: string; remedy: string | null }[] };

/** Runs `evald check` with a data folder that is not there yet. */
async function check(flags: string[], env: Record<string, string> = {}) {
  const folder = await temporaryFolder();
  const dataDir = join(folder, 'data');
  const where = flags.includes('--port') ? [] : ['--port', '0'];
  const args = ['check', '--json', '--data-dir', dataDir, '--harness', 'demo', ...where, ...flags];
  const { code, stdout, stderr } = await runMain(args, env);
  const report: Report = stderr === '' ? JSON.parse(stdout) : { state: stderr, checks: [] };
  return {
    ...{ code, stderr, folder, dataDir, report },
    of: (name: string) =>
      report.checks.filter((each) => each.name === name).map(({ state, says, remedy }) => [state, says, remedy]),
  };
}

test('check says of a server that could be started that nothing is an error, and leaves nothing behind', async () => {
  const { code, report, of, folder } = await check([]);
  expect(report.checks.filter(({ state }) => state === 'error')).toEqual([]);
  expect(code).toBe(0);
  expect(of('tokens')).toEqual([['ok', 'none is needed: only this machine reaches localhost', null]]);
  expect(of('harness')).toEqual([['ok', expect.stringMatching(/^demo \S+ can run$/), null]]);
  expect(report.checks.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['disk', 'data folder', 'port', 'GPUs']),
  );
  expect(await readdir(folder)).toEqual([]);
});

test('check writes a line for each thing, with what to do below it, and its exit code is 1 when one is an error', async () => {
  const folder = await temporaryFolder();
  const file = join(folder, 'tokens');
  await writeFile(file, 'me admin 00\n', { mode: 0o644 });
  await chmod(file, 0o644);
  const args = ['check', '--data-dir', join(folder, 'data'), '--port', '0', '--harness', 'demo', '--tokens', file];
  const { code, stdout, stderr } = await runMain(args);
  expect(stderr).toBe('');
  expect(code).toBe(1);
  expect(stdout).toMatch(/^ok {7}disk {10}\S/m);
  expect(stdout).toContain(
    `error    tokens        --tokens: ${file} is open to others than its owner\n${' '.repeat(23)}→ run chmod 600 ${file}\n`,
  );
});

test.each([
  [['--host', '0.0.0.0'], 'tokens', /can be reached from other machines, and no tokens are set/, /evald token create/],
  [
    ['--tokens', '/nosuch/tokens'],
    'tokens',
    /^--tokens: \/nosuch\/tokens cannot be read: ENOENT, there is no such file or folder$/,
    /evald token create/,
  ],
  [['--python', '/nosuch/python'], 'python', /^--python \/nosuch\/python is not there/, /^name a Python/],
  [['--harness', 'nosuch'], 'harness', /^--harness must be one of/, /--harness/],
  [['--harness', 'lmms-eval', '--python', fixture('exit-3')], 'harness', /^lmms-eval cannot run: /, /--python/],
  [['--command-harness', 'mine=/nosuch/mine.yaml'], 'commands', /mine/, /--command-harness/],
  [['--gpus', '0', '--backend', 'slurm'], 'GPUs', /^--gpus hands out devices of this machine$/, /leave it out/],
  [['--tls-cert', '/nosuch/cert', '--tls-key', '/nosuch/key'], 'port', /\/nosuch\/cert/, /--tls-cert/],
] as const)('check finds what is wrong with %j, and says what to do', async (flags, name, says, remedy) => {
  const { code, of } = await check([...flags]);
  expect(of(name)).toEqual([['error', expect.stringMatching(says), expect.stringMatching(remedy)]]);
  expect(code).toBe(1);
});

test('check says which program has the port: another one is an error, an evald that answers is none', async () => {
  const other = createServer((_, response) => response.end('hello'));
  onTestFinished(() => void other.close());
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as { port: number };
  const taken = await check(['--host', '127.0.0.1', '--port', String(port)]);
  expect(taken.of('port')).toEqual([
    ['error', `${port} of 127.0.0.1 is in use by another program`, 'choose another --port'],
  ]);
  const server = await startServer();
  onTestFinished(async () => void (await server.stop()));
  const own = await check(['--host', '127.0.0.1', '--port', new URL(server.url).port]);
  expect(own.of('port')).toEqual([['ok', expect.stringMatching(/evald \S+ answers there already$/), null]]);
});

test('check knows an evald that has the port also where it wants a token, and speaks TLS', async (context) => {
  skipWithout(openssl, context);
  const { cert, key } = await makeCertificate(await temporaryFolder(), 'own');
  const tls = ['--tls-cert', cert, '--tls-key', key];
  const server = await startServer({ flags: tls, env: { EVALD_TOKEN: 'a-token-of-its-operator' } });
  context.onTestFinished(async () => void (await server.stop()));
  const { port } = new URL(server.url);
  const own = await check(['--host', '127.0.0.1', '--port', port, ...tls]);
  expect(own.of('port')).toEqual([['ok', `${port} of 127.0.0.1: evald answers there already`, null]]);
});

test('check beside a running server, on its data folder, changes nothing there', async () => {
  const server = await startServer();
  onTestFinished(async () => void (await server.stop()));
  const before = await readdir(server.dataDir);
  const { code } = await check(['--data-dir', server.dataDir]);
  expect(code).toBe(0);
  expect(await readdir(server.dataDir)).toEqual(before);
});

test('check holds the words for Slurm against its partitions, and tries a submission, without starting anything', async () => {
  const bin = await temporaryFolder();
  const slurm = await fakeSlurm(bin);
  await writeFile(join(bin, 'sinfo'), '#!/bin/sh\nprintf "gpu*|up|4|idle\\ncpu|up|2|down*\\n"\n', { mode: 0o755 });
  await writeFile(
    join(bin, 'sbatch'),
    `#!/bin/sh\necho "$*" >>${bin}/submissions\n[ -e ${bin}/trial ] && cat ${bin}/trial >&2 && exit 1; exit 0\n`,
    { mode: 0o755 },
  );
  await slurm.refuseTrials('Invalid account or account/partition combination specified');
  const { of, code } = await check(['--backend', 'slurm', '--slurm-args', '--partition=big'], { PATH: slurm.path });
  expect(of('partition')).toEqual([
    ['error', 'big is not there; sinfo has gpu, cpu', 'name one of them in --slurm-args'],
  ]);
  expect(of('slurm')).toEqual([
    [
      'error',
      'Slurm refuses every submission: Invalid account or account/partition combination specified',
      'see --slurm-args and --slurm-gres',
    ],
  ]);
  expect(code).toBe(1);
  const submissions = (await readFile(join(bin, 'submissions'), 'utf8')).trim().split('\n');
  expect(submissions.every((words) => words.includes('--test-only'))).toBe(true);
  await slurm.goDown();
  const down = await check(['--backend', 'slurm'], { PATH: slurm.path });
  expect(down.of('slurm')).toEqual([['error', expect.stringMatching(/^Slurm does not answer/), 'docs/slurm.md']]);
});

test('a server says at its start what check would find of its partition, and starts all the same', async () => {
  const bin = await temporaryFolder();
  const { path } = await fakeSlurm(bin);
  await writeFile(join(bin, 'sinfo'), '#!/bin/sh\necho "gpu*|up|4|idle"\n', { mode: 0o755 });
  const server = await startServer({
    flags: ['--backend', 'slurm', '--slurm-args', '--partition=big'],
    env: { PATH: path },
  });
  onTestFinished(async () => void (await server.stop()));
  await expect
    .poll(server.log, { timeout: 30_000 })
    .toContain('partition: big is not there; sinfo has gpu; name one of them in --slurm-args');
});

test('check says that Ray is not where it is looked for', async () => {
  const { of, code } = await check(['--backend', 'ray', '--ray-address', 'http://127.0.0.1:9']);
  expect(of('ray')).toEqual([
    ['error', expect.stringMatching(/^Ray does not answer at http:\/\/127\.0\.0\.1:9/), 'docs/ray.md'],
  ]);
  expect(code).toBe(1);
});

test.each([
  [['--patience', '0'], 'check: --patience must be a number of seconds above 0, to 86400, not 0'],
  [['--slots', 'all'], '--slots must be a whole number from 0 to 10000, not "all"'],
  [['--nosuch'], "unknown option '--nosuch' (see --help)"],
  [['word'], "too many arguments for 'check'"],
])('check refuses %j with exit code 2, and says why', async (flags, message) => {
  const { code, stderr } = await check(flags);
  expect(stderr).toContain(`evald: ${message}`);
  expect(code).toBe(2);
});

test.each([
  [['-p', 'a', '-Apeople'], 'a', 'people'],
  [['--partition=a,b', '--account', 'x', '--account=y'], 'a,b', 'y'],
  [['--mem=1G', '--parsable'], null, null],
])('the partition and the account are found in the words %j', (args, partition, account) => {
  expect([wordOf('partition', args), wordOf('account', args)]).toEqual([partition, account]);
});

test('partitions are held against what sinfo says, nodes that take nothing included', () => {
  const rows = 'gpu*|up|3|idle\ngpu*|up|1|allocated\nold|up|2|down*\nold|up|1|drained\nshut|inact|4|idle\n';
  const found = (named: string | null) => partitionsIn(rows, named).map(({ state, says }) => [state, says]);
  expect(found(null)).toEqual([['ok', 'gpu: 3 idle, 1 allocated']]);
  expect(found('gpu,new')).toEqual([
    ['ok', 'gpu: 3 idle, 1 allocated'],
    ['fault', 'new is not there; sinfo has gpu, old, shut'],
  ]);
  expect(found('old')).toEqual([['warning', 'old: 2 down*, 1 drained; no node of it takes jobs now']]);
  expect(found('shut')).toEqual([['warning', 'shut: 4 idle; no node of it takes jobs now']]);
  expect(partitionsIn('a|up|1|idle\n', null).map(({ state }) => state)).toEqual(['fault']);
  expect(partitionsIn('', 'a')).toEqual([]);
});

test('accounts are held against what sacctmgr says', () => {
  const found = (named: string | null) =>
    accountsIn('people\nguests\npeople\n', named, 'me').map(({ state, says }) => [state, says]);
  expect(found('people')).toEqual([['ok', 'me may use people']]);
  expect(found('others')).toEqual([['fault', 'me has no account others; sacctmgr has people, guests']]);
  expect(found(null)).toEqual([]);
});

test('a disk that can take few more files is a warning, one that can take almost none a fault', () => {
  const state = (free: number) => inodeCheck('/data', free).state;
  expect([state(9_999), state(10_000), state(199_999), state(200_000)]).toEqual(['fault', 'warning', 'warning', 'ok']);
});

test('check makes the folder of runs for a run on a node alone, and no folder at all on this machine', async () => {
  const { folder } = await check(['--runs-dir', join(await temporaryFolder(), 'runs')]);
  await mkdir(join(folder, 'probe'));
  expect(await readdir(folder)).toEqual(['probe']);
});
