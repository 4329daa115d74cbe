import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { options } from '../src/config/options.ts';
import { readConfig } from '../src/config/readConfig.ts';
import { readSlots, shutdownPolicy } from '../src/config/slots.ts';
import { strayVariables } from '../src/config/strayVariables.ts';
import { COMMAND_VARIABLES } from '../src/runner/backends/slurm/command.ts';
import { splitWords } from '../src/schemas/values/text.ts';
import { temporaryFolder } from './support/runs/localRun.ts';

const page = readFileSync(new URL('../docs/deploy.md', import.meta.url), 'utf8');
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, text = '']) => text);
const [unit = ''] = blocks('ini');

/** The values of a directive, in order. */
const valuesOf = (name: string): string[] =>
  unit
    .replaceAll('\\\n', ' ')
    .split('\n')
    .flatMap((line) => (line.startsWith(`${name}=`) ? [line.slice(name.length + 1)] : []));

/** The settings that a command line of the page asks for. */
function configOf(line: string, env: Record<string, string> = {}) {
  const [program = '', verb, ...args] = splitWords(line);
  expect([program.split('/').at(-1), verb]).toEqual(['evald', expect.stringMatching(/^(serve|check)$/)]);
  const config = readConfig(args, env);
  if (config === 'help') throw new Error('help was not asked for');
  return config;
}

describe('the unit of the page on deploying', () => {
  const env = Object.fromEntries(
    valuesOf('Environment').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
  const [start = ''] = valuesOf('ExecStart');

  test('the unit starts a server with options that exist, each with a value that is allowed', () => {
    const config = configOf(start, env);
    expect(config).toMatchObject({ backend: 'slurm', host: '0.0.0.0', tokens: '/etc/evald/tokens' });
    expect(readSlots(config).slots).toBeGreaterThan(1);
    expect(strayVariables(config, [], env)).toEqual([]);
    expect(COMMAND_VARIABLES).toContain('SLURM_CONF');
    expect(Object.keys(env)).toEqual(expect.arrayContaining(['PATH', 'SLURM_CONF']));
  });

  test('the unit leaves runs alone, and gives the server time to end those that are to end', () => {
    expect(valuesOf('KillMode')).toEqual(['process']);
    expect(valuesOf('OOMPolicy')).toEqual(['continue']);
    const config = configOf(start, env);
    expect(shutdownPolicy(config)).toBe('leave');
    // What a stop takes at most: the grace period, and what serve.ts adds.
    expect(Number(valuesOf('TimeoutStopSec')[0])).toBeGreaterThan(config.grace + 5);
  });

  test('every word with two dashes on the page is an option of the server, or one of the commands that it shows', () => {
    const others = [
      'json',
      'patience',
      'test-only',
      'partition',
      'account',
      'own-program',
      'node-options',
      'max-old-space-size',
    ];
    const named = [...page.matchAll(/--([a-z][a-z-]*)/g)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter((name) => !(name in options) && !others.includes(name))).toEqual([]);
  });

  test('the check of the page has options that exist, each with a value that is allowed', () => {
    const [line = ''] = blocks('sh');
    expect(configOf(line.trim())).toMatchObject({
      backend: 'slurm',
      'slurm-args': ['--partition=gpu', '--account=evals'],
    });
  });

  const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;
  test.skipIf(!hasSystemd)('systemd finds nothing wrong with the unit', async () => {
    const file = join(await temporaryFolder(), 'evald.service');
    // Its program and its folders are not on this machine.
    await writeFile(file, unit.replace('/usr/local/bin/evald', '/bin/true'));
    const { stderr } = await promisify(execFile)('systemd-analyze', ['verify', '--man=no', file]);
    expect(stderr.split('\n').filter((line) => line.includes('evald.service'))).toEqual([]);
    // It does say so of a directive that does not exist.
    await writeFile(file, `${unit}\n[Service]\nKilMode=process\nExecStart=/bin/true\n`);
    const wrong = await promisify(execFile)('systemd-analyze', ['verify', '--man=no', file]).catch((error) => error);
    expect(wrong.stderr).toContain('KilMode');
  });
});
