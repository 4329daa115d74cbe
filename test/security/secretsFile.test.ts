import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AccessError } from '../../src/security/privateFile.ts';
import { parseSecrets } from '../../src/security/secretsFile.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';
import { runMain } from '../support/server/runMain.ts';

test('a file of secrets has a line each; a value may have any sign, and space around it is no part of it', () => {
  const text = '# of the team\n\nopenai=sk-1=2#3 "4"\r\n  hf.co-1 =  hf_12345678  \n';
  expect([...parseSecrets(text, '/f')]).toEqual([
    ['openai', 'sk-1=2#3 "4"'],
    ['hf.co-1', 'hf_12345678'],
  ]);
  expect(parseSecrets('', '/f').size).toBe(0);
});

const secret = 'sk-very-secret';
test.each<[string, string]>([
  [secret, 'a line should be NAME=VALUE'],
  [`sk very=${secret}`, 'the name of a secret should be 1 to 64 letters'],
  [`=${secret}`, 'the name of a secret should be 1 to 64 letters'],
  [`${'a'.repeat(65)}=${secret}`, 'the name of a secret should be 1 to 64 letters'],
  ['openai=short', 'the secret openai should have 8 to 4096 characters'],
  [`openai=${'a'.repeat(4_097)}`, 'the secret openai should have 8 to 4096 characters'],
  [`openai=${secret}\t${secret}`, 'the secret openai has a control character'],
  [`known=${secret}`, 'there is a secret known above already'],
])('a file of secrets with the line %j is refused in one line that names it and shows no secret', (line, words) => {
  const parse = () => parseSecrets(`known=12345678\n${line}\n`, '/etc/secrets');
  expect(parse).toThrow(AccessError);
  expect(parse).toThrow(`--secrets: /etc/secrets, line 2: ${words}`);
  expect(parse).not.toThrow(secret);
  expect(parse).not.toThrow(/\n/);
});

test('a start with a file of secrets that others can read, or that is not there, is refused in one line; check says the same', async () => {
  const folder = await temporaryFolder();
  const file = join(folder, 'secrets');
  const flags = ['--port', '0', '--harness', 'demo', '--data-dir', join(folder, 'data')];
  const none = await runMain([...flags, '--secrets', file]);
  expect(none).toMatchObject({ code: 2, stdout: '' });
  expect(none.stderr).toMatch(/^evald: --secrets: \S+ cannot be read: [^\n]+; make it, [^\n]+chmod 600[^\n]+\n$/);
  await writeFile(file, `openai=${secret}\n`);
  await chmod(file, 0o640);
  const open = await runMain([...flags, '--secrets', file]);
  expect(open).toMatchObject({
    code: 2,
    stderr: `evald: --secrets: ${file} is open to others than its owner; run chmod 600 ${file}\n`,
  });
  const checked = await runMain(['check', '--json', ...flags, '--secrets', file]);
  expect(JSON.parse(checked.stdout).checks).toContainEqual(
    expect.objectContaining({ name: 'secrets', state: 'error' }),
  );
});
