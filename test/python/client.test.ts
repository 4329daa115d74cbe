import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { describeWith, pythonClient, pythonClientPython } from '../support/needs.ts';
import { expectToPass, packageFolder, runModule } from '../support/python/package.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';

/** Those that import torch: `trainers.test.ts` runs them. */
const trainers = ['tests/test_transformers.py', 'tests/test_lightning.py'];

describeWith(pythonClient, 'the Python package', () => {
  test('passes its own tests on a real server: both clients, the watcher, the tables, and what its README says', async () => {
    const files = globSync('tests/test_*.py', { cwd: packageFolder }).filter((file) => !trainers.includes(file));
    expect(files.length).toBeGreaterThan(4);
    await expectToPass(files);
  });

  test('is written for Python 3.9, and is formatted and linted', async () => {
    expect(await runModule(['ruff', 'check', '--no-cache'])).toMatchObject({ code: 0 });
    expect(await runModule(['ruff', 'format', '--check', '--no-cache'])).toMatchObject({ code: 0 });
  });

  test('is built into a wheel with its modules, its types and its commands, and nothing of what the server starts', async () => {
    const folder = await temporaryFolder();
    const { code, said } = await runModule(['hatchling', 'build', '-t', 'wheel', '-d', folder]);
    expect(code, said).toBe(0);
    const [wheel = ''] = globSync('*.whl', { cwd: folder });
    const { version } = JSON.parse(readFileSync(join(packageFolder, '../package.json'), 'utf8'));
    expect(wheel).toBe(`evald_client-${version}-py3-none-any.whl`);
    const list = 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print("\\n".join(z.namelist()))';
    const names = execFileSync(pythonClientPython, ['-c', list, join(folder, wheel)], { encoding: 'utf8' }).split('\n');
    const modules = globSync(['**/*.py', 'evald_client/py.typed'], { cwd: join(packageFolder, 'src') });
    expect(names).toEqual(expect.arrayContaining(modules));
    const rest = names.filter((name) => name !== '' && !modules.includes(name)).map((name) => basename(name));
    expect(rest.toSorted()).toEqual(['METADATA', 'RECORD', 'WHEEL', 'entry_points.txt']);
  });
});
