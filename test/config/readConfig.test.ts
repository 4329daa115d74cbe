import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { addFlags, helpLayout, variableOf } from '../../src/config/flags.ts';
import type { Option } from '../../src/config/option.ts';
import { type Config, type OptionName, options } from '../../src/config/options.ts';
import { ConfigError, isOnCommandLine, readConfig } from '../../src/config/readConfig.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';

const names = Object.keys(options) as OptionName[];

/** For every option: a value, another, and what the first is read as. */
const samples: { [Name in OptionName]: [text: string, other: string, read: Config[Name]] } = {
  host: ['0.0.0.0', '::1', '0.0.0.0'],
  port: ['0', '9000', 0],
  'data-dir': ['/data/a b', '/data/b', '/data/a b'],
  'runs-dir': ['/shared/a b', '', '/shared/a b'],
  adopt: ['true', 'false', true],
  harness: ['demo', 'lmms-eval', 'demo'],
  'enable-harness': ['demo', 'lmms-eval', ['demo']],
  'command-harness': ['mine=/etc/a b.yaml', 'x.y=/b=c.json', [{ name: 'mine', file: '/etc/a b.yaml' }]],
  python: ['/venv/bin/python', 'python3.11', '/venv/bin/python'],
  'extra-args': ['--include_path "/my tasks"', '--seed 1', ['--include_path', '/my tasks']],
  'lm-eval-python': ['/venv/bin/python', 'python3.11', '/venv/bin/python'],
  'lm-eval-extra-args': ['--include_path "/my tasks"', '--seed 1', ['--include_path', '/my tasks']],
  'inspect-python': ['/venv/bin/python', 'python3.11', '/venv/bin/python'],
  'inspect-extra-args': ['-T "key=a b"', '--epochs 3', ['-T', 'key=a b']],
  'max-completed-jobs': ['0', '7', 0],
  history: ['0', '500', 0],
  'history-days': ['1', '7', 1],
  'scores-days': ['0', '365', 0],
  'temp-dir-prefix': ['-run_', 'other_', '-run_'],
  slots: ['1024', '2', 1024],
  gpus: ['0-2, 05,GPU-5ebe9f43-8a33,MIG-GPU-x/1/0', '2', ['0', '1', '2', '5', 'GPU-5ebe9f43-8a33', 'MIG-GPU-x/1/0']],
  'max-running': ['64', '2', 64],
  'max-pending': ['5', '2', 5],
  cpus: ['8', '2', 8],
  memory: ['64G', '2M', 64 * 2 ** 30],
  'slurm-nice': ['1000', '0', 1_000],
  'ray-allow-resources': ['accelerator_type:A100,licence*', 'a', ['accelerator_type:A100', 'licence*']],
  grace: ['0.5', '3', 0.5],
  timeout: ['60', '0', 60],
  retry: ['2:lost,preempted', '3', { max: 2, on: ['lost', 'preempted'] }],
  'stall-timeout': ['0.5', '0', 0.5],
  linger: ['60', '0', 60],
  'judge-timeout': ['90', '1', 90],
  'results-wait': ['5', '', 5],
  'max-failed-answers': ['0.5%', '0', 0.005],
  'max-empty-answers': ['100', '20%', 1],
  'min-free': ['10G', '0', 10 * 2 ** 30],
  'warm-starts': ['true', 'false', true],
  'warm-memory': ['64', '4096', 64],
  'warm-idle': ['60', '1', 60],
  'fair-share': ['true', 'false', true],
  pool: ['big=0-1,3', 'small=2', [{ name: 'big', devices: ['0', '1', '3'] }]],
  'gpu-sharing': ['small=4', '2', [{ pool: 'small', shares: 4 }]],
  backfill: ['false', 'true', false],
  'backfill-depth': ['10', '20', 10],
  'max-queue': ['1', '50', 1],
  'check-names': ['refuse', 'off', 'refuse'],
  'pass-env': ['MY_*', 'OTHER', ['MY_*']],
  'on-shutdown': ['leave', 'stop', 'leave'],
  'output-root': ['/scratch/a b', '/other', ['/scratch/a b']],
  'output-group': ['evals', '1000', 'evals'],
  'allow-model': ['qwen*', 'vllm', ['qwen*']],
  'allow-task': ['mmmu_?al', 'mme', ['mmmu_?al']],
  webhook: ['https://hooks.example.org/a?b=c', 'http://other.example.org', 'https://hooks.example.org/a?b=c'],
  'webhook-secret-file': ['/run/secrets/a b', '/other', '/run/secrets/a b'],
  'webhook-allow-private': ['true', 'false', true],
  'webhook-allow-host': ['Hooks.local', '::1', ['hooks.local']],
  watchdog: ['2.5', '0', 2.5],
  'log-format': ['json', 'text', 'json'],
  'log-level': ['debug', 'error', 'debug'],
  inspect: ['true', 'false', true],
  'tls-cert': ['/tls/a b.pem', '/other.pem', '/tls/a b.pem'],
  'tls-key': ['/tls/key.pem', '/other.pem', '/tls/key.pem'],
  'hook-template': ['/etc/a b.yaml', '/other', '/etc/a b.yaml'],
  'base-path': ['/tools/evald/', '/', '/tools/evald'],
  'trust-proxy': ['10.0.0.0/24', '::1', [{ address: '10.0.0.0', bits: 24 }]],
  'allow-host': ['evald.example.org', '::1', ['evald.example.org']],
  'cors-origin': ['https://a.example.org', 'http://b:8080', ['https://a.example.org']],
  'max-body': ['1024', '2000000', 1024],
  'max-header': ['1024', '32768', 1024],
  'request-timeout': ['0.5', '30', 0.5],
  'max-connections': ['1', '100', 1],
  'max-connections-per-address': ['1', '100', 1],
  'max-streams': ['1', '100', 1],
  'submissions-per-minute': ['0', '100', 0],
  'max-queue-bytes': ['1', '100', 1],
  'max-queue-bytes-per-client': ['1', '100', 1],
  token: ['0123456789abcdef', 'fedcba9876543210', '0123456789abcdef'],
  tokens: ['/etc/evald/tokens', '/other', '/etc/evald/tokens'],
  secrets: ['/etc/evald/secrets', '/other', '/etc/evald/secrets'],
  'insecure-no-auth': ['true', 'false', true],
  backend: ['slurm', 'ray', 'slurm'],
  'slurm-args': [
    '--partition=gpu --comment "a b" -A evals --wckey=x --wait-all-nodes=1',
    '',
    ['--partition=gpu', '--comment', 'a b', '-A', 'evals', '--wckey=x', '--wait-all-nodes=1'],
  ],
  'slurm-gres': ['gpu:a100', '', 'gpu:a100'],
  'slurm-allow-args': ['qos,mem', '', ['qos', 'mem']],
  'ray-address': ['https://ray.example.org/team/', 'http://10.0.0.1:8265', 'https://ray.example.org/team'],
  'ray-token-file': ['/run/secrets/a b', '/other', '/run/secrets/a b'],
  'ray-num-gpus': ['false', 'true', false],
  'ray-num-cpus': ['0', '8', 0],
  'ray-runtime-env': [
    '{"pip": ["a==1"], "env_vars": {"HF_HOME": "/hf"}}',
    '',
    { pip: ['a==1'], env_vars: { HF_HOME: '/hf' } },
  ],
  'ray-shared-folder': ['false', 'true', false],
};

/** For every option: values it cannot have. */
const bad: { [Name in OptionName]: string[] } = {
  host: [''],
  port: ['', 'http', '-1', '65536', '80.5', '1e3', ' 80'],
  'data-dir': ['', '/a,b', '/a\nb'],
  'runs-dir': ['/a,b', '/a\nb'],
  adopt: ['', 'yes'],
  harness: ['', 'Demo', 'a b'],
  'enable-harness': ['Demo', 'command:'],
  'command-harness': ['mine', '=a.yaml', 'mine=', 'a b=/c.yaml', 'command:mine=/c.yaml'],
  python: [''],
  'extra-args': ['"open'],
  'lm-eval-python': [],
  'lm-eval-extra-args': ['"open'],
  'inspect-python': [],
  'inspect-extra-args': ['"open'],
  'max-completed-jobs': ['', '-1', '1000001', 'all'],
  history: ['', '-1', '10000001'],
  'history-days': ['0', '36501', '1.5'],
  'scores-days': ['-1', '36501', '1.5'],
  'temp-dir-prefix': ['a/b', 'a,b', 'a\0b', 'x'.repeat(101)],
  slots: ['-1', '10001', '1.5', 'all'],
  gpus: ['0,', ',', '0,0', '0 1', '0;1', '$(id)', '0-3,2', '3-1', '0-', '-1', '0-9999', 'auto,0', 'auto,auto'],
  'max-running': ['', '0', '10001'],
  'max-pending': ['', '0', '10001'],
  cpus: ['0', '1.5', '100001'],
  memory: ['64', '1.5G', '0G', '64GB', 'all'],
  'slurm-nice': ['', '-1', '10000001'],
  'ray-allow-resources': ['a b', '*a', 'ä'],
  grace: ['', '-1', '86401', 'NaN', '10s', '1e3'],
  timeout: ['', '-1', '2000001', '1h'],
  retry: ['', '-1', '11', '1.5', '2:', '2:stalled', '2:lost,', '2:lost,lost', 'lost'],
  'stall-timeout': ['', '-1', '2000001'],
  linger: ['', '-1', '2000001'],
  'judge-timeout': ['', '0', '86401'],
  'results-wait': ['-1', '3601'],
  'max-failed-answers': ['', '-1%', '101%', '1/100', 'all'],
  'max-empty-answers': ['', '100.5', '.5%'],
  'min-free': ['', '1', '0G', '1.5G', '10%'],
  'warm-starts': ['yes'],
  'warm-memory': ['', '63', '1.5'],
  'warm-idle': ['', '0', '2000001'],
  'fair-share': ['no', '1'],
  pool: ['big', 'big=', '=0', 'a b=0', 'big=0,0', 'big=0;1', 'big=1-', 'big=auto'],
  'gpu-sharing': ['0', '65', 'small=', 'a b=2', '1.5'],
  backfill: ['', 'no', '1'],
  'backfill-depth': ['', '0', '1001'],
  'max-queue': ['0', '10000001'],
  'check-names': ['', 'error', 'Warn'],
  'pass-env': ['A B', 'A=b', '1A', '*A', 'RANK', 'EVALD_TOKEN', 'EVALD_WEBHOOK_SECRET'],
  'on-shutdown': ['kill'],
  'output-root': ['/a,b', '/a\tb'],
  'output-group': ['a b', '-1', ':0', 'a:b', 'x'.repeat(101)],
  'allow-model': ['a[bc]', 'a,b', 'a\tb', 'x'.repeat(501)],
  'allow-task': ['a[bc]', 'a,b', 'a\tb', 'x'.repeat(501)],
  webhook: [
    'hooks.example.org',
    'ftp://example.org',
    'http://user:password@example.org',
    `http://a/${'x'.repeat(2_000)}`,
  ],
  'webhook-secret-file': [],
  'webhook-allow-private': ['', 'yes', '1'],
  'webhook-allow-host': ['http://a', 'a:80', '*.local', 'u@a'],
  watchdog: ['', '0.5', '86401', '1m'],
  'log-format': ['', 'JSON'],
  'log-level': ['', 'trace', 'Info'],
  inspect: ['', 'yes'],
  'tls-cert': [],
  'tls-key': [],
  'hook-template': [],
  'base-path': ['evald', '//', '/a//b', '/a b', '/..', '/a/./b', '/a?b', '/%65', `/${'x'.repeat(200)}`],
  'trust-proxy': [
    'proxy.local',
    '10.0.0',
    '10.0.0.1:80',
    '10.0.0.0/33',
    '10.0.0.0/',
    '::1/129',
    'fe80::1%eth0',
    '0.0.0.0/0',
    '::/0',
    '*',
  ],
  'allow-host': ['http://a', 'a:80', 'a:8000', '[::1]:80', 'a/b', 'a b', '*', 'u@a', 'a,b'],
  'cors-origin': ['null', '*', 'a.example.org', 'https://a/', 'https://a:443', 'HTTPS://a', 'file://a', 'https://u@a'],
  'max-body': ['', '1023', '104857601', '1MiB'],
  'max-header': ['1023', '1048577'],
  'request-timeout': ['', '0', '0.05', '3601', '-1', '1m'],
  'max-connections': ['0', '1000001'],
  'max-connections-per-address': ['0', '1000001'],
  'max-streams': ['0', '100001'],
  'submissions-per-minute': ['-1', '10000001', '1.5'],
  'max-queue-bytes': ['', '0', '1099511627777', '1MiB'],
  'max-queue-bytes-per-client': ['', '0', '1099511627777'],
  token: ['0123456789abcde', 'x'.repeat(513), '0123456789 abcdef', '0123456789abcdé0'],
  tokens: [],
  secrets: [],
  'insecure-no-auth': ['', 'yes'],
  backend: ['', 'Slurm', 'k8s'],
  'slurm-args': ['"--mem=1G', '--wrap=id', '--mem=1G --array 1-3', '--clus=b', '-M b', '-W', '--test-only', '--uid=0'],
  'slurm-gres': ['gpu:a100:2', 'gpu 1', ':'],
  'slurm-allow-args': ['output', 'qos,wrap', 'qos mem'],
  'ray-address': ['', 'ray:8265', 'ftp://ray', 'http://a:b@ray:8265', 'http://ray?x=1', 'http://ray#x'],
  'ray-token-file': [],
  'ray-num-gpus': ['', 'none', '0'],
  'ray-num-cpus': ['', '-1', '0.5', '10001'],
  'ray-runtime-env': [
    '{',
    '[]',
    '/no/such/file',
    '{"env_vars": {"A": 1}}',
    '{"env_vars": {"A-B": "1"}}',
    '{"env_vars": []}',
  ],
  'ray-shared-folder': ['', 'yes'],
};

const helpText = (): string => addFlags(new Command('evald').configureHelp(helpLayout), names).helpInformation();

const isSecret = (name: OptionName): boolean => (options[name] as Option<unknown>).secret === true;

function read(args: string[], env: Record<string, string> = {}): Config {
  const config = readConfig(args, env);
  if (config === 'help') throw new Error('help was not asked for');
  return config;
}

describe.each(names)('--%s', (name) => {
  const [text, other, expected] = samples[name];

  test('an option is taken as a flag, in both ways of writing it', () => {
    expect(read([`--${name}`, text])[name]).toEqual(expected);
    expect(read([`--${name}=${text}`])[name]).toEqual(expected);
  });

  test('an option is taken from its variable', () => {
    expect(read([], { [variableOf(name)]: text })[name]).toEqual(expected);
    expect(variableOf(name)).toMatch(/^EVALD_[A-Z_]+$/);
  });

  test('an option wins as a flag over its variable', () => {
    expect(read([`--${name}`, text], { [variableOf(name)]: other })[name]).toEqual(expected);
    // Also over one that could not be used.
    expect(read([`--${name}`, text], { [variableOf(name)]: bad[name][0] ?? '' })[name]).toEqual(expected);
  });

  test.each(bad[name])(
    'a bad value is refused in one line that names the flag, or the variable it came from: %j',
    (value) => {
      for (const [given, source] of [
        [() => read([`--${name}`, value]), `--${name} must `],
        [() => read([], { [variableOf(name)]: value }), `${variableOf(name)} must `],
      ] as const) {
        expect(given).toThrow(ConfigError);
        expect(given).toThrow(source);
        if (isSecret(name)) expect(given).not.toThrow(value);
        else expect(given).toThrow(JSON.stringify(value));
        expect(given).not.toThrow(/\n/);
      }
    },
  );

  test('an option is in the help, with its variable and its default', () => {
    const entry = helpText()
      .split(/\n(?= {2}--)/)
      .find((part) => part.startsWith(`  --${name} `));
    expect(entry).toContain(variableOf(name));
    expect(entry).toContain(`default: ${options[name].default || 'none'}`);
  });
});

test('without flags and variables every option has its default', () => {
  expect(read([])).toMatchObject({
    host: 'localhost',
    port: 8000,
    harness: 'auto',
    python: 'python3',
    'extra-args': [],
    'lm-eval-python': null,
    'lm-eval-extra-args': [],
    'inspect-python': null,
    'inspect-extra-args': [],
    'max-completed-jobs': 100,
    'temp-dir-prefix': 'lmms_eval_',
    slots: null,
    grace: 10,
    'max-queue': 100_000,
    'max-queue-bytes': 256 * 1024 * 1024,
    'max-queue-bytes-per-client': 128 * 1024 * 1024,
    watchdog: 60,
    inspect: false,
  });
});

test.each([[['--inspect']], [['--inspect', '--port', '0']], [['--port', '0', '--inspect']]])(
  'a switch may stand alone: %j',
  (args) => {
    expect(read(args).inspect).toBe(true);
  },
);

test('a relative data folder is made absolute', () => {
  expect(read(['--data-dir', 'data'])['data-dir']).toBe(`${process.cwd()}/data`);
});

test.each([
  [['--colour', 'red'], '--colour'],
  [['--port'], '--port'],
  [['--help=yes'], '--help'],
  [['serve'], 'serve'],
  [['--two\nlines'], '--two'],
  [['-x'], '-x'],
])('the arguments %j are refused in one line that names %s', (args, named) => {
  expect(() => readConfig(args, {})).toThrow(ConfigError);
  expect(() => readConfig(args, {})).toThrow(named);
  expect(() => readConfig(args, {})).not.toThrow(/\n/);
});

test.each([[['--help']], [['-h']], [['--port', 'nonsense', '--help']]])('the arguments %j print the help', (args) => {
  expect(readConfig(args, {})).toBe('help');
});

test.each([
  ['--python', '--slots', '2'],
  ['--python', '--slots=2'],
])('a flag is not taken for the value that was forgotten before it: %s %s', (...args) => {
  expect(() => read(args)).toThrow(/^option '--python <PATH>' argument missing/);
});

test.each([
  [['--webhook-allow-private'], true],
  [['--webhook-allow-private', '--slots', '2'], true],
  [['--webhook-allow-private=false'], false],
  [['--webhook-allow-private', 'false'], false],
  [[], false],
])('a switch needs no value: %j', (args, expected) => {
  expect(read(args)['webhook-allow-private']).toBe(expected);
});

test('help is given after a switch too', () => {
  expect(readConfig(['--webhook-allow-private', '--help'], {})).toBe('help');
});

test.each(['token', 'tokens'] as const)('an empty --%s is refused: without it any client could call', (name) => {
  expect(() => read([`--${name}`, ''])).toThrow(`--${name} must not be empty`);
  expect(() => read([], { [variableOf(name)]: '' })).toThrow(`${variableOf(name)} must not be empty`);
  expect(read([])[name]).toBeNull();
});

test('the help and a refusal do not show the token', () => {
  expect(helpText()).not.toContain('0123456789abcdef');
  expect(() => read(['--token', '0123456789abcdef', '--port', 'x'])).toThrow(/^(?!.*0123456789abcdef)/);
});

test.each([
  [['--token', 'x'], true],
  [['--port', '1', '--token=x'], true],
  [['--tokens', 'x'], false],
  [[], false],
])('of %j it is known whether the token is on the command line: %s', (args, expected) => {
  expect(isOnCommandLine('token', args)).toBe(expected);
});

test('a runtime_env may lie in a file', async () => {
  const file = join(await temporaryFolder(), 'runtime-env.json');
  await writeFile(file, '{"env_vars": {"HF_HOME": "/hf"}}\n');
  expect(read(['--ray-runtime-env', file])['ray-runtime-env']).toEqual({ env_vars: { HF_HOME: '/hf' } });
  await writeFile(file, 'env_vars:\n  A: b\n');
  expect(() => read(['--ray-runtime-env', file])).toThrow(/^--ray-runtime-env must be a JSON object/);
});

test.each([
  '{"env_vars": {"A": 5, "HF_TOKEN": "hf_planted"}}',
  '{"env_vars": {"HF_TOKEN": hf_planted}}',
  '{"env_vars": {"HF TOKEN": "hf_planted"}}',
])("a runtime_env of Ray that cannot be used (%j) is refused without the operator's credentials", async (text) => {
  const file = join(await temporaryFolder(), 'runtime-env.json');
  await writeFile(file, text);
  for (const value of [text, file]) {
    expect(() => read(['--ray-runtime-env', value])).toThrow(/^--ray-runtime-env must be a JSON object/);
    expect(() => read(['--ray-runtime-env', value])).not.toThrow(/planted/);
  }
});
