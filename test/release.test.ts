import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { cutRelease, notesOf } from '../tools/release/changelog.ts';
import { nextVersion, pythonVersion, pythonVersionFile, setPythonVersion } from '../tools/release/version.ts';
import { removeFolder } from './support/files/removeFolder.ts';

const root = new URL('../', import.meta.url).pathname;
const { version, scripts, publishConfig, files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const git = (cwd: string, ...args: string[]) => execFileSync('git', args, { cwd, encoding: 'utf8' }).trim();
/** As from a shell: without what this run of tests has set. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm_|VITEST|NODE_ENV$|TEST$)/i.test(name)),
);

describe('the version', () => {
  test.each([
    ['0.2.9', 'patch', '0.2.10'],
    ['0.2.9', 'minor', '0.3.0'],
    ['0.2.9', 'major', '1.0.0'],
    ['0.2.9', '0.2.10', '0.2.10'],
    ['0.9.9', '0.10.0', '0.10.0'],
    ['1.0.0', '2.0.0', '2.0.0'],
  ])('a release of %s as %s is %s', (current, asked, next) => {
    expect(nextVersion(current, asked)).toBe(next);
  });

  test.each(['0.2.9', '0.2.8', '0.1.10'])(
    'a release of 0.2.9 as %j is refused, which does not come after it',
    (asked) => {
      expect(() => nextVersion('0.2.9', asked)).toThrow(`${asked} does not come after 0.2.9`);
    },
  );

  test.each(['0.2', 'v0.3.0', '0.3.0-rc.1', '01.0.0', 'large', ''])(
    'a release as %j is refused, which is no version',
    (asked) => {
      expect(() => nextVersion('0.2.9', asked)).toThrow(`${asked} is no version`);
    },
  );

  test('the version stands in package.json, and nowhere else in what is run', () => {
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
    expect([lock.version, lock.packages[''].version]).toEqual([version, version]);
    const found = spawnSync(
      'git',
      ['grep', '--fixed-strings', '--name-only', `'${version}'`, '--', 'src', 'tools', 'bin'],
      {
        ...{ cwd: root, encoding: 'utf8' },
      },
    );
    expect(found.stdout).toBe('');
  });

  test('the Python package, where there is one, has the version of package.json', () => {
    const file = pythonVersionFile(root);
    expect(file === null ? version : pythonVersion(file)).toBe(version);
    expect(file === null).toBe(!existsSync(join(root, 'python/pyproject.toml')));
  });

  test('the version of a Python package is read from the file that its project names, and set there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'evald-test-'));
    await mkdir(join(folder, 'python/src'), { recursive: true });
    const file = join(folder, 'python/src/version.py');
    await writeFile(join(folder, 'python/pyproject.toml'), '[project]\nname = "x"\n');
    expect(() => pythonVersionFile(folder)).toThrow('does not say by [tool.hatch.version]');
    await writeFile(join(folder, 'python/pyproject.toml'), '[tool.hatch.version]\npath = "src/version.py"\n');
    await writeFile(file, '"""The version."""\n__version__ = "0.2.0"\nOTHER = "0.2.0"\n');
    expect(pythonVersionFile(folder)).toBe(file);
    setPythonVersion(file, '0.3.0');
    expect(await readFile(file, 'utf8')).toBe('"""The version."""\n__version__ = "0.3.0"\nOTHER = "0.2.0"\n');
    await removeFolder(folder);
  });
});

describe('the changelog', () => {
  const text =
    '# Changelog\n\n## Unreleased\n\nA word.\n\n### Commands\n\n- One.\n\n## 0.2.0 - 2026-11-24\n\nThe core.\n';

  test('what is not released yet becomes a version with its date, and leaves an empty place for what comes', () => {
    const cut = cutRelease(text, '0.3.0', '2026-12-01');
    expect(cut).toContain('## Unreleased\n\n## 0.3.0 - 2026-12-01\n\nA word.\n');
    expect(notesOf(cut, '0.3.0')).toBe('A word.\n\n### Commands\n\n- One.\n');
    expect(notesOf(cut, '0.2.0')).toBe('The core.\n');
  });

  test('there is no release of nothing, of a version that is there, and no notes of one that is not', () => {
    const cut = cutRelease(text, '0.3.0', '2026-12-01');
    expect(() => cutRelease(cut, '0.4.0', '2026-12-02')).toThrow('there is nothing to release');
    expect(() => cutRelease(text, '0.2.0', '2026-12-02')).toThrow('has 0.2.0 already');
    expect(() => notesOf(text, '0.3.0')).toThrow('has no heading');
  });

  test('the changelog has what is not released first, then versions with their dates, the newest first', () => {
    const headings = [...readFileSync(join(root, 'CHANGELOG.md'), 'utf8').matchAll(/^## (.*)$/gm)].map(
      ([, name]) => name,
    );
    expect(headings[0]).toBe('Unreleased');
    const versions = headings.slice(1).map((name = '') => /^(\d+\.\d+\.\d+) - \d{4}-\d\d-\d\d$/.exec(name)?.[1]);
    expect(versions).toContain(version);
    expect(versions).toEqual(versions.toSorted((a = '', b = '') => b.localeCompare(a, 'en', { numeric: true })));
  });
});

describe('a release, in a copy of this checkout', () => {
  let folder: string;
  let checkout: string;
  let said = '';
  const next = nextVersion(version, 'minor');
  const release = (...args: string[]) =>
    promisify(execFile)('npm', ['run', '--silent', 'release', '--', ...args], {
      cwd: checkout,
      env,
      maxBuffer: 2 ** 26,
    });
  const refusal = async (...args: string[]) =>
    (await release(...args).catch(({ stderr }) => ({ stdout: stderr }))).stdout;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'evald-release-test-'));
    checkout = join(folder, 'checkout');
    // As it is now, so that what is not committed is tried.
    const names = git(root, 'ls-files', '--cached', '--others', '--exclude-standard').split('\n');
    for (const name of names.filter((path) => existsSync(join(root, path)))) {
      await mkdir(dirname(join(checkout, name)), { recursive: true });
      await cp(join(root, name), join(checkout, name), { verbatimSymlinks: true });
    }
    await symlink(join(root, 'node_modules'), join(checkout, 'node_modules'));
    git(checkout, 'init', '--quiet', '--initial-branch', 'main');
    // Of a checkout the link to its packages is no part.
    await writeFile(join(checkout, '.git/info/exclude'), 'node_modules\n');
    for (const [key = '', value = ''] of [
      ['user.name', 'A'],
      ['user.email', 'a@example.org'],
    ])
      git(checkout, 'config', key, value);
    git(checkout, 'add', '--all');
    git(checkout, 'commit', '--quiet', '--message', 'Begin');
    said = (await release('--dry-run', '--skip-checks', 'minor')).stdout;
  });
  afterAll(() => removeFolder(folder));

  const archive = `evald-${next}.tgz`;
  const binary = `evald-${next}-${process.platform}-${process.arch}`;
  const listOf = (name: string) =>
    execFileSync('tar', ['-tzf', join(checkout, 'dist/release', name)], { encoding: 'utf8' })
      .trim()
      .split('\n');

  test('a dry run changes nothing of the checkout, and prints each command that would be run', () => {
    expect(git(checkout, 'status', '--porcelain')).toBe('');
    expect(git(checkout, 'log', '--format=%s')).toBe('Begin');
    expect(git(checkout, 'tag')).toBe('');
    expect(said.slice(said.indexOf('Would run:')).trim().split('\n')).toEqual([
      'Would run:',
      `git commit --quiet --all --message 'Release ${next}'`,
      `git tag --annotate v${next} --message 'evald ${next}'`,
      `git push --atomic origin main v${next}`,
      `and the workflow of the tag: npm publish dist/release/${archive}`,
    ]);
    for (const check of ['npm run --silent check', '.ci/run', 'npm run test:release']) expect(said).toContain(check);
  });

  test('a release has the package, the executable with its licenses, their checksums, and its part of the changelog as notes', async () => {
    const made = await readdir(join(checkout, 'dist/release'));
    expect(made.sort()).toEqual(['NOTES.md', 'SHA256SUMS', `${binary}.tar.gz`, archive].sort());
    const sums = spawnSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], {
      cwd: join(checkout, 'dist/release'),
      encoding: 'utf8',
    });
    expect(sums).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(new RegExp(`^${binary}.tar.gz: OK\n${archive}: OK\n$`)),
    });
    expect(listOf(`${binary}.tar.gz`).sort()).toEqual(
      ['', 'CHANGELOG.md', 'LICENSE', 'THIRD-PARTY-LICENSES', 'evald'].map((name) => `${binary}/${name}`),
    );
    const notes = await readFile(join(checkout, 'dist/release/NOTES.md'), 'utf8');
    expect(notes).toBe(
      notesOf(
        await readFile(join(root, 'CHANGELOG.md'), 'utf8').then((text) => cutRelease(text, next, '2026-12-01')),
        next,
      ),
    );
    expect(said).toContain(notes);
  });

  test('the executable of a release says its version', () => {
    execFileSync('tar', ['-xzf', join(checkout, 'dist/release', `${binary}.tar.gz`), '-C', folder]);
    const shown = spawnSync(join(folder, binary, 'evald'), ['--version'], { env: {}, encoding: 'utf8' });
    expect(shown).toMatchObject({ status: 0, stdout: `${next}\n` });
  });

  test('the package has what is run, typed and read, and nothing else: no test, no source, no page of pictures', () => {
    const names = listOf(archive).map((name) => name.replace(/^package\//, ''));
    const allowed = [
      /^(?:package\.json|LICENSE|README\.md|ARCHITECTURE\.md|SECURITY\.md|CHANGELOG\.md)$/,
      /^dist\/(?!binary|release|site|dashboard)[\w./-]+\.(?:js|d\.ts)$/,
      /^dist\/command\/LICENSES$/,
      /^dist\/dashboard\/(?:index\.html|LICENSES\.md|assets\/[\w.-]+\.(?:js|css|svg))$/,
      /^diagrams\/(?:outline\/)?\w+\.(?:svg|mmd)$/,
      /^docs\/[\w.-]+\.md$/,
      /^python\/(?:[\w-]+\/)*[\w.-]+\.(?:py|md|toml)$/,
      /^deploy\/(?:[\w-]+\/)*[\w.-]+$/,
    ];
    expect(names.filter((name) => !allowed.some((pattern) => pattern.test(name)))).toEqual([]);
    expect(names.filter((name) => /(?:^|\/)(?:test|tests|bench|fixtures|node_modules)\//.test(name))).toEqual([]);
    for (const name of [
      'LICENSE',
      'dist/evald.js',
      'dist/index.js',
      'dist/index.d.ts',
      'dist/client/index.js',
      'dist/client/index.d.ts',
    ]) {
      expect(names).toContain(name);
    }
    const own = git(root, 'ls-files', 'python', 'diagrams')
      .split('\n')
      .filter((name) => /^diagrams|evald_inspect\w*\.py$/.test(name));
    expect(own.length).toBeGreaterThan(8);
    for (const name of own) expect(names).toContain(name);
  });

  test('the package is small: no file of it is larger than a megabyte, and the whole than two', () => {
    const list = execFileSync('tar', ['-tvzf', join(checkout, 'dist/release', archive)], { encoding: 'utf8' })
      .trim()
      .split('\n');
    const sizes = list.map((line) => Number(line.split(/\s+/)[2]));
    expect(Math.max(...sizes)).toBeLessThan(2 ** 20);
    expect(readFileSync(join(checkout, 'dist/release', archive)).length).toBeLessThan(2 * 2 ** 20);
  });

  test('a release of a tree with changes, of no later version, of a tag that is there, and of nothing is refused in words', async () => {
    await writeFile(join(checkout, 'stray.txt'), '');
    expect(await refusal('--dry-run', '--skip-checks', 'minor')).toBe(
      'release: there are changes that are not committed\n',
    );
    await removeFolder(join(checkout, 'stray.txt'));
    expect(await refusal('--dry-run', '--skip-checks', version)).toBe(
      `release: ${version} does not come after ${version}\n`,
    );
    expect(await refusal('--skip-checks', '--publish', 'minor')).toContain('package.json has no "repository"');
    expect(await refusal('--dry-run')).toContain('npm run release -- [--dry-run');
    expect(await refusal('--build')).toBe(`release: HEAD is not v${version}, of which package.json is\n`);
    git(checkout, 'tag', `v${next}`);
    expect(await refusal('--dry-run', '--skip-checks', 'minor')).toBe(`release: v${next} is there already\n`);
    git(checkout, 'tag', '--delete', `v${next}`);
  });

  test('a release without --dry-run is one commit and one tag here, and nothing is pushed', async () => {
    const remote = join(folder, 'remote');
    git(folder, 'clone', '--quiet', '--bare', checkout, remote);
    git(checkout, 'remote', 'add', 'origin', remote);
    const { stdout } = await release('--skip-checks', '--no-files', 'minor');
    expect(git(checkout, 'log', '--format=%s')).toBe(`Release ${next}\nBegin`);
    expect(git(checkout, 'describe', '--exact-match')).toBe(`v${next}`);
    expect(git(checkout, 'status', '--porcelain')).toBe('');
    expect(
      git(checkout, 'diff', '--name-only', 'HEAD^')
        .split('\n')
        .filter((name) => !name.startsWith('python/')),
    ).toEqual([...['CHANGELOG.md', 'package-lock.json', 'package.json']]);
    expect(JSON.parse(await readFile(join(checkout, 'package.json'), 'utf8')).version).toBe(next);
    const today = new Date().toISOString().slice(0, 10);
    expect(await readFile(join(checkout, 'CHANGELOG.md'), 'utf8')).toMatch(
      new RegExp(`^## ${next} - (?:${today}|\\d{4}-\\d\\d-\\d\\d)$`, 'm'),
    );
    expect(stdout.slice(stdout.indexOf('To publish:'))).toContain(`git push --atomic origin main v${next}`);
    expect(git(remote, 'log', '--format=%s', 'main')).toBe('Begin');
    expect(git(remote, 'tag')).toBe('');
  });
});

describe('the workflow that publishes', () => {
  const workflow = parse(readFileSync(join(root, '.github/workflows/release.yml'), 'utf8'));
  const [job] = Object.values<{ steps: { run?: string; uses?: string }[] }>(workflow.jobs);
  const commands = (job?.steps ?? []).flatMap(({ run }) => (run === undefined ? [] : [run]));

  test('the workflow begins with a tag of a version, and may say where the package is from', () => {
    expect(workflow.on).toEqual({ push: { tags: ['v*'] } });
    expect(workflow.permissions).toEqual({ contents: 'write', 'id-token': 'write' });
    expect(publishConfig).toEqual({ access: 'public', provenance: true });
  });

  test('each script that the workflow runs is one of package.json, and what it publishes is what a release makes', () => {
    const named = commands.flatMap((command) => /^npm (?:run )?([\w:-]+)/.exec(command)?.[1] ?? []);
    const ofNpm = ['ci', 'publish'];
    expect(named.filter((name) => !ofNpm.includes(name) && scripts[name] === undefined)).toEqual([]);
    expect(named).toEqual(['ci', 'check', 'test', 'release', 'publish']);
    expect(commands).toContain('npm run release -- --build');
    expect(commands).toContain('npm publish dist/release/evald-*.tgz');
    expect(commands.at(-1)).toMatch(/^gh release create .* --notes-file dist\/release\/NOTES\.md /);
  });

  test('what is made beside the package never goes into it', () => {
    expect(files).toEqual(expect.arrayContaining(['!dist/binary', '!dist/release', '!dist/site']));
  });
});
