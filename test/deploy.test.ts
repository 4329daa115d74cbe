import { execFile } from 'node:child_process';
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
import { describeWith, systemd } from './support/needs.ts';
import { temporaryFolder } from './support/runs/localRun.ts';

const read = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');
const page = read('docs/deploy.md');
const unit = read('deploy/evald.service');
const site = read('deploy/evald.env');
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, text = '']) => text);

/** The values of a directive, in order. */
const valuesOf = (name: string): string[] =>
  unit.split('\n').flatMap((line) => (line.startsWith(`${name}=`) ? [line.slice(name.length + 1)] : []));

/** Pairs as a file of variables has them, or the unit itself. */
const variablesOf = (lines: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    lines.map((line) => {
      const [, name = '', value = ''] = /^(\w+)="?(.*?)"?$/.exec(line) ?? [];
      return [name, value];
    }),
  );

/** The settings that a command line of the page asks for. */
function configOf(line: string, env: Record<string, string> = {}) {
  const [program = '', verb, ...args] = splitWords(line);
  expect([program.split('/').at(-1), verb]).toEqual(['evald', expect.stringMatching(/^(serve|check)$/)]);
  const config = readConfig(args, env);
  if (config === 'help') throw new Error('help was not asked for');
  return config;
}

describe('the unit of the page on deploying', () => {
  const env = {
    ...variablesOf(valuesOf('Environment')),
    ...variablesOf(site.split('\n').filter((line) => /^\w/.test(line))),
  };
  const [start = ''] = valuesOf('ExecStart');

  test('the page shows the unit and the file of variables as they are', () => {
    expect(blocks('ini')).toEqual([unit]);
    expect(blocks('sh')).toContain(site);
  });

  test('the page says of each line what it is for, and of none that is not there', () => {
    const named = [...page.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell = '']) => cell.match(/\b[A-Z]\w+/g) ?? []);
    const directives = unit.split('\n').flatMap((line) => /^(\w+)=/.exec(line)?.[1] ?? []);
    const plain = [
      'Description',
      'Wants',
      'After',
      'User',
      'Environment',
      'EnvironmentFile',
      'ExecStart',
      'LimitNOFILE',
      'Restart',
      'RestartSec',
      'WantedBy',
    ];
    expect(directives.filter((name) => !named.includes(name) && !plain.includes(name))).toEqual([]);
    expect(named.filter((name) => !directives.includes(name) && !(name in env))).toEqual([]);
  });

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
    expect(valuesOf('Type')).toEqual(['notify']);
    expect(valuesOf('NotifyAccess')).toEqual(['all']);
    // So that the line of evald's own watchdog comes first.
    expect(Number(valuesOf('WatchdogSec')[0])).toBeGreaterThan(2 * config.watchdog);
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
      'role',
      'system',
      'home-dir',
      'create-home',
      'now',
      'build-arg',
      'build',
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

  test('the unit has nothing that takes from runs what they need', () => {
    const harmful =
      /^(PrivateDevices|DevicePolicy|DeviceAllow|ProtectClock|MemoryDenyWriteExecute|RestrictSUIDSGID|RestrictNamespaces|ProtectHome|PrivateTmp|DynamicUser|RuntimeDirectory|RestrictAddressFamilies|ProtectSystem=strict)/m;
    expect(unit).not.toMatch(harmful);
  });
});

describeWith(systemd, 'systemd and the unit', () => {
  /** A unit whose program and folders are on this machine. */
  async function written(text: string): Promise<string> {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'evald.env'), site);
    const file = join(folder, 'evald.service');
    await writeFile(
      file,
      text.replace('/usr/local/bin/evald', '/bin/true').replace('/etc/evald/evald.env', join(folder, 'evald.env')),
    );
    return file;
  }
  const analyze = (...args: string[]) => promisify(execFile)('systemd-analyze', args);

  test('systemd finds nothing wrong with the unit', async () => {
    const { stderr } = await analyze('verify', '--man=no', await written(unit));
    expect(stderr.split('\n').filter((line) => line.includes('evald.service'))).toEqual([]);
    // It does say so of a directive that does not exist.
    const wrong = await written(`${unit}\n[Service]\nKilMode=process\nExecStart=/bin/true\n`);
    const failed = await analyze('verify', '--man=no', wrong).catch((error) => error);
    expect(failed.stderr).toContain('KilMode');
  });

  test('systemd takes the unit for less exposed than one without what hardens it', async () => {
    const exposure = async (text: string): Promise<number> => {
      const { stdout } = await analyze('security', '--no-pager', '--offline=true', await written(text));
      return Number(/exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1]);
    };
    const hardened = await exposure(unit);
    expect(hardened).toBeLessThanOrEqual(6.5);
    const [before = '', after = ''] = unit.split(/NoNewPrivileges.*?\n\n/s);
    expect(await exposure(`${before}\n${after}`)).toBeGreaterThan(hardened + 2);
  });
});
