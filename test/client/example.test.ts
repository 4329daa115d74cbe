import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runNode } from '../support/server/runMain.ts';
import { startServer } from '../support/server/server.ts';

const root = new URL('../../', import.meta.url).pathname;

test('the example of docs/library.md runs as it stands there, and prints a score', async () => {
  const page = await readFile(join(root, 'docs/library.md'), 'utf8');
  const [, code = ''] = /```ts\n(import [^`]*'evald\/client';[^`]*)```/.exec(page) ?? [];
  const folder = await mkdtemp(join(root, 'test/.example-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'example.ts');
  await writeFile(file, code.replace("'evald/client'", `'${join(root, 'src/client/index.ts')}'`));
  const server = await startServer();
  onTestFinished(async () => {
    await server.stop();
  });
  const { code: exit, stdout, stderr } = await runNode([file], { EVALD_SERVER: server.url });
  expect({ exit, stdout }).toEqual({ exit: 0, stdout: expect.stringMatching(/^0\.\d+\n$/) });
  expect(stderr).toContain('demo');
});
