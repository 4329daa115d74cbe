import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { isSetUp } from './support/needs.ts';
import { temporaryFolder } from './support/runs/localRun.ts';

const setups = join(import.meta.dirname, '../scripts/setup');
/** A pip that knows what is installed, and installs nothing. */
const PYTHON = `#!/bin/sh
case "$*" in
  *freeze*) cat "$(dirname "$0")/../freeze" ;;
  *install*) echo 'ERROR: No matching distribution found for schemathesis' >&2; exit 1 ;;
  *--clear*) mkdir -p "$4/bin"; cp "$0" "$4/bin/python"; touch "$4/freeze" ;;
esac
`;

async function writeProgram(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, PYTHON);
  await chmod(file, 0o755);
}

describe('a setup of Python packages', () => {
  let root: string;
  let home: string;
  const marker = () => join(home, 'ready');
  const lock = async () => (await readFile(join(setups, 'schemathesis.lock'), 'utf8')).replace(/^#.*\n/gm, '');

  beforeEach(async () => {
    root = await temporaryFolder();
    home = join(root, 'cache', 'schemathesis');
    await cp(setups, join(root, 'scripts', 'setup'), { recursive: true });
    await mkdir(join(root, 'node_modules'));
    await tried('');
    await writeProgram(join(root, 'python3'));
  });

  /** What the setup is tried by, from now on. */
  const tried = (script: string) => writeFile(join(root, 'scripts/setup/try/schemathesis.ts'), script);

  async function installed(freeze: string): Promise<void> {
    await writeProgram(join(home, 'bin', 'python'));
    await writeFile(join(home, 'freeze'), freeze);
  }

  function setUp(env: Record<string, string> = {}) {
    const own = { EVALD_CACHE: join(root, 'cache'), PYTHON: join(root, 'python3') };
    const { status, stdout, stderr } = spawnSync('bash', [join(root, 'scripts/setup/schemathesis.sh')], {
      env: { PATH: `${dirname(process.execPath)}:${process.env['PATH']}`, ...own, ...env },
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  }

  test('a setup of Python packages leaves an environment that has every version of its lock, tries it, and marks it', async () => {
    await installed((await lock()).replace(/^(urllib3==\S+)$/m, '$1+local'));
    await tried('console.log("tried")');
    expect(setUp()).toEqual({ status: 0, stdout: `setup:schemathesis: ready, ${home}\n`, stderr: '' });
    expect(await readFile(join(home, 'setup.log'), 'utf8')).toBe('tried\n');
    expect(await readFile(marker(), 'utf8')).toMatch(/^[0-9a-f]{64} {2}schemathesis\.sh\n.* common\.sh\n/);
  });

  test('a setup of Python packages says in one line what does not work, ends with 3, and takes its marker back', async () => {
    await installed(await lock());
    await writeFile(marker(), '');
    await tried('console.error("No module named x"); process.exitCode = 1');
    const { status, stderr } = setUp();
    expect({ status, stderr }).toMatchObject({ status: 3, stderr: expect.stringContaining('No module named x') });
    expect(stderr.match(/\n/g)).toHaveLength(1);
    await expect(stat(marker())).rejects.toThrow('ENOENT');
  });

  test.each([
    ['a package less', (all: string) => all.replace(/^.*\n/, '')],
    ['another version', (all: string) => all.replace(/^urllib3==.*$/m, 'urllib3==1.0')],
    ['a package more', (all: string) => `${all}torchvision==0.1\n`],
  ])('a setup installs anew where there is %s, and says in one line that it could not', async (_, other) => {
    await installed(other(await lock()));
    await writeFile(marker(), '');
    const { status, stderr } = setUp();
    expect({ status, stderr }).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('No matching distribution'),
    });
    expect(stderr.match(/\n/g)).toHaveLength(1);
    await expect(stat(marker())).rejects.toThrow('ENOENT');
  });

  test.each([
    ['no interpreter', { PYTHON: 'no-such-python' }, 'set PYTHON'],
    ['no HOME to keep it in', { EVALD_CACHE: '' }, 'set EVALD_CACHE'],
    ['no folder to keep it in', { EVALD_CACHE: '/proc/nowhere' }, 'set EVALD_CACHE'],
  ])('a setup says in one line that there is %s, and what to set', (_, env, way) => {
    expect(setUp(env)).toEqual({ status: 3, stdout: '', stderr: expect.stringMatching(`^.*${way}.*\n$`) });
  });

  test('a setup says in one line that npm ci comes first', async () => {
    await installed(await lock());
    await rm(join(root, 'node_modules'), { recursive: true });
    expect(setUp()).toEqual({ status: 3, stdout: '', stderr: expect.stringMatching(/^.*npm ci comes first.*\n$/) });
  });

  test('a setup says in one line which of its own commands failed', async () => {
    await installed(await lock());
    await writeFile(join(root, 'scripts/setup/venv.sh'), 'false\n');
    const words = /^setup:schemathesis: line 1 of venv\.sh failed: false\n$/;
    expect(setUp()).toEqual({ status: 3, stdout: '', stderr: expect.stringMatching(words) });
  });

  test('a setup is present to the tests while its marker fits the files of this checkout, not half made or outdated', async () => {
    expect(isSetUp('schemathesis', home)).toBe(false);
    await mkdir(home, { recursive: true });
    const files = ['schemathesis.sh', 'schemathesis.lock'];
    const { stdout } = spawnSync('sha256sum', files, { cwd: setups, encoding: 'utf8' });
    await writeFile(marker(), stdout);
    expect(isSetUp('schemathesis', home)).toBe(true);
    expect(isSetUp('ray', home)).toBe(false);
    await writeFile(
      marker(),
      stdout.replace(/^./, (digit) => (digit === '0' ? '1' : '0')),
    );
    expect(isSetUp('schemathesis', home)).toBe(false);
    await writeFile(marker(), '');
    expect(isSetUp('schemathesis', home)).toBe(false);
  });
});

describe('a setup that is half there', () => {
  afterEach(() => void vi.unstubAllEnvs());

  /** What the tests take for present, with another cache and no program on the PATH. */
  async function needsWith(cache: string) {
    vi.stubEnv('EVALD_CACHE', cache);
    vi.stubEnv('PATH', cache);
    vi.resetModules();
    const needs = await import('./support/needs.ts');
    const {
      lmmsEval,
      lmEval,
      inspect,
      ray,
      schemathesis,
      scipy,
      forward,
      pythonClient,
      chromium,
      faketime,
      slurm,
      slurmdbd,
      shellsAndTmux: terminal,
      nginx,
      peers,
    } = needs;
    const plain = { inspect, ray, schemathesis, scipy, forward };
    const venvs = { 'lmms-eval': lmmsEval, 'lm-eval': lmEval, 'python-client': pythonClient, ...plain };
    return { needs, byName: { ...venvs, chromium, faketime, slurm, slurmdbd, terminal, nginx, peers } };
  }

  const venvNames = [
    ...(['lmms-eval', 'lm-eval', 'inspect', 'ray'] as const),
    ...(['schemathesis', 'scipy', 'forward', 'python-client'] as const),
  ] as const;
  const names = [...venvNames, 'chromium', 'faketime', 'slurm', 'slurmdbd', 'terminal', 'nginx', 'peers'] as const;

  test.each(names)(
    'a setup of %s that has its programs and no marker skips its suites, with its command',
    async (name) => {
      const cache = await temporaryFolder();
      for (const program of ['python', 'ray', 'schemathesis']) await writeProgram(join(cache, name, 'bin', program));
      const need = (await needsWith(cache)).byName[name];
      expect([need.present, need.command]).toEqual([false, expect.stringContaining(`npm run setup:${name}`)]);
    },
  );

  test.each(names)(
    'a setup of %s that has its marker and no program skips its suites, with its command',
    async (name) => {
      const cache = await temporaryFolder();
      await mkdir(join(cache, name));
      const { stdout } = spawnSync('sha256sum', [`${name}.sh`, 'common.sh'], { cwd: setups, encoding: 'utf8' });
      await writeFile(join(cache, name, 'ready'), stdout);
      const { needs, byName } = await needsWith(cache);
      expect(needs.isSetUp(name)).toBe(true);
      // These are where Debian has them, whatever the PATH is.
      const fixed = { chromium: needs.chromiumPath, faketime: needs.faketimeLibrary, nginx: needs.nginxProgram };
      const isThere = name in fixed && existsSync(fixed[name as keyof typeof fixed]);
      expect(byName[name].present).toBe(isThere);
    },
  );
});
