import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readCommandFile } from '../../../../src/runner/harnesses/command/readCommandFile.ts';
import { temporaryFolder } from '../../../support/runs/localRun.ts';

async function read(text: string, name = 'mine.yaml') {
  const file = join(await temporaryFolder(), name);
  await writeFile(file, text);
  return { file, read: readCommandFile('mine', file) };
}

const COMMAND = 'command: [run, "{model}", "{output}"]\n';

test('a file says which program runs, in YAML or in JSON', async () => {
  const yaml = await read(
    `${COMMAND}env: {A: b, N: 1}\nlist_tasks:\n  - run\n  - --list\nprogress: '(?<done>\\d+)/(?<total>\\d+)'\n`,
  );
  const content = { command: ['run', '{model}', '{output}'], env: { A: 'b', N: '1' }, list_tasks: ['run', '--list'] };
  expect(await yaml.read).toMatchObject({ name: 'command:mine', file: yaml.file, content });
  const json = await read('{"command": ["run", "--n", 5, "{config}", "{output}"], "version": "1.2"}', 'mine.json');
  expect((await json.read).content).toEqual({
    ...{
      command: ['run', '--n', '5', '{config}', '{output}'],
      env: {},
      progress: null,
      list_tasks: null,
      version: '1.2',
      higher_is_better: {},
    },
  });
});

const faults: [what: string, text: string, line: number | null, message: string | RegExp][] = [
  ['an empty file', '', null, 'the file should be an object with a `command`'],
  ['a list', '- run\n', 1, 'the file should be an object with a `command`'],
  ['no command', '# mine\nenv: {A: b}\n', 2, /^`command` is missing; `command` should be a list of 1 to 1000 words/],
  [
    'a command for a shell',
    'env: {}\ncommand: run {model} > {output}\n',
    2,
    '`command` should be a list of 1 to 1000 words, never one text for a shell',
  ],
  ['an empty command', 'command: []\n', 1, '`command` should be a list of 1 to 1000 words'],
  [
    'a word that YAML takes for an object',
    'command:\n  - run\n  - {output}\n',
    3,
    '`command[2]`: each word should be a text, or a whole number; in YAML a word that begins with a brace has to be quoted: "{output}"'.replace(
      '[2]',
      '[1]',
    ),
  ],
  [
    'a placeholder that there is not',
    'command:\n  - run\n  - "{output}"\n  - "{model}"\n  - "--n={limits}"\n',
    5,
    /^`command\[3\]`: the word "--n=\{limits\}" has \{limits\}, which is no placeholder here; there are \{output\}, /,
  ],
  [
    'a brace alone',
    'command: [run, "{output}", "{model}", "a{"]\n',
    1,
    '`command[3]`: the word "a{" has a { alone; {{ stands for one',
  ],
  ['no output', 'command: [run, "{model}"]\n', 1, '`command`: the command should have {output}'],
  ['no model', 'command: [run, "{output}"]\n', 1, '`command`: the command should have {model} or {config}'],
  [
    'a program that a request names',
    'command: ["{model}", "{output}"]\n',
    1,
    '`command[0]`: the first word should be a program',
  ],
  ['an empty program', 'command: ["", "{model}", "{output}"]\n', 1, '`command[0]`: the first word should be a program'],
  [
    'a fraction',
    'command: [run, 0.10, "{model}", "{output}"]\n',
    1,
    '`command[1]`: each word should be a text, or a whole number',
  ],
  [
    'a field that there is not',
    `${COMMAND}enviroment: {}\n`,
    2,
    '`enviroment`: there is no such field; there are command, env, progress, list_tasks, higher_is_better, version',
  ],
  ['variables that are none', `${COMMAND}env: [A=b]\n`, 2, '`env` should be an object of variables'],
  [
    'a variable that is true',
    `${COMMAND}env:\n  A: b\n  B: true\n`,
    4,
    '`env.B`: a variable should be a text, or a whole number; quote what YAML reads as something else',
  ],
  [
    'the name of a variable',
    `${COMMAND}env:\n  "A B": c\n`,
    3,
    '`env.A B`: the name of a variable should be letters, digits and "_"',
  ],
  [
    'a variable of evald itself',
    `${COMMAND}env:\n  EVALD_TOKEN: c\n`,
    3,
    '`env.EVALD_TOKEN`: this variable is of evald',
  ],
  [
    'a broken expression',
    `${COMMAND}progress: '(?<done>'\n`,
    2,
    /^`progress` should be a regular expression as RE2 takes it/,
  ],
  [
    'an expression that looks back',
    `${COMMAND}progress: '(?<done>.)(?<total>.)\\1'\n`,
    2,
    /^`progress` should be a regular expression as RE2 takes it, without looking around or back: invalid escape/,
  ],
  [
    'an expression without its groups',
    `${COMMAND}\nprogress: '(\\d+)/(?<total>\\d+)'\n`,
    3,
    /^`progress` should have the groups done and total, .* it lacks done$/,
  ],
  [
    'an expression that is too costly',
    `${COMMAND}progress: '((a{0,100}){0,9}b)*(?<done>.)(?<total>.)'\n`,
    2,
    '`progress` should have fewer or shorter repetitions',
  ],
  [
    'a placeholder of a request where there is none',
    `${COMMAND}list_tasks: [run, "{model}"]\n`,
    2,
    /^`list_tasks\[1\]`: the word "\{model\}" has \{model\}, which is no placeholder here; there are \{here\}, and/,
  ],
  [
    'a direction that is none',
    `${COMMAND}higher_is_better:\n  acc: true\n  loss: lower\n`,
    4,
    '`higher_is_better.loss`: the direction of a metric should be true, where higher is better, or false',
  ],
  [
    'a version that YAML reads as a number',
    `${COMMAND}version: 1.10\n`,
    2,
    '`version` should be a text of 1 to 100 characters; quote what YAML reads as a number',
  ],
  ['what is no YAML', `${COMMAND}env: {A: b\n`, 3, /./],
  ['a name that is there twice', `${COMMAND}${COMMAND}`, 2, 'Map keys must be unique'],
];

test.each(faults)(
  'a file with %s is refused with its name, the line and what is allowed',
  async (_, text, line, message) => {
    const { file, read: reading } = await read(text);
    const error = await reading.then(
      () => null,
      (thrown: Error) => thrown.message,
    );
    const where = line === null ? file : `${file}, line ${line}`;
    expect(error).toMatch(/^\S+(, line \d+)?: /);
    expect(error?.split(': ', 1)[0]).toBe(where);
    const what = error?.slice(where.length + 2) ?? '';
    if (typeof message === 'string') expect(what.slice(0, message.length)).toBe(message);
    else expect(what).toMatch(message);
  },
);

test('several faults of one file are said at once', async () => {
  const { file, read: reading } = await read('command: [run, "{output}"]\nversion: 2\nextra: 1\n');
  await expect(reading).rejects.toThrow(new RegExp(`${file}, line 1: .*; ${file}, line 2: .*; ${file}, line 3: `));
});

test('a file that is not there, is a folder or is too long is refused with its path', async () => {
  await expect(readCommandFile('mine', '/no/such/file.yaml')).rejects.toThrow(
    '/no/such/file.yaml cannot be read: ENOENT',
  );
  await expect(readCommandFile('mine', await temporaryFolder())).rejects.toThrow('cannot be read: EISDIR');
  const { read: reading } = await read(`${COMMAND}#${'x'.repeat(300_000)}`);
  await expect(reading).rejects.toThrow('has more than 262144 characters');
});
