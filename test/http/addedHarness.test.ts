import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../src/client/client.ts';
import { fixture, temporaryFolder } from '../support/runs/localRun.ts';
import { startServer } from '../support/server/server.ts';

const root = join(import.meta.dirname, '../..');

/** A copy of the sources with a folder that is a harness, and two lines of the list that name it; nothing else differs. */
async function withAddedHarness(): Promise<string> {
  const copy = await temporaryFolder();
  await cp(join(root, 'src'), join(copy, 'src'), { recursive: true });
  for (const name of ['package.json', 'node_modules', 'diagrams', 'dist'])
    await symlink(join(root, name), join(copy, name));
  // Only what is new: nothing of the sources is written over.
  const folder = 'runner/harnesses/echo';
  await cp(fixture(join('added', folder)), join(copy, 'src', folder), {
    recursive: true,
    force: false,
    errorOnExist: true,
  });
  const list = join(copy, 'src/runner/harnesses/list.ts');
  const text = await readFile(list, 'utf8');
  const named = text
    .replace('import { demo } from', "import { echo } from './echo/definition.ts';\nimport { demo } from")
    .replace('= [lmmsEval,', '= [echo, lmmsEval,');
  expect(named.length).toBe(text.length + "import { echo } from './echo/definition.ts';\n".length + 'echo, '.length);
  await writeFile(list, named);
  return copy;
}

test('a harness is added by a folder of its own and the list: a server runs, judges and shows its jobs', async () => {
  const server = await startServer({ source: await withAddedHarness() });
  onTestFinished(async () => void (await server.stop()));
  const client = createClient({ server: server.url });
  const { harnesses } = await client.harnesses();
  expect(harnesses.map(({ name, offered }) => [name, offered])).toContainEqual(['echo', true]);
  expect(await client.tasks({ harness: 'echo' })).toEqual({ tasks: ['one', 'two'] });
  const { job_id: id, warnings } = await client.submit({ model: 'abc', tasks: ['one', 'three'], harness: 'echo' });
  expect(warnings).toEqual([expect.stringContaining('"three" is no name that echo knows')]);
  expect(await client.job(id, { wait: 60 })).toMatchObject({
    ...{ status: 'completed', harness: 'echo' },
    metrics: { one: { length: { value: 6 } }, three: { length: { value: 8 } } },
  });
  expect(await client.results(id)).toMatchObject({
    harness: { name: 'echo', version: '7' },
    metrics: { three: { length: { value: 8 } } },
  });
  const { scores } = await client.scores({ task: 'one' });
  expect(scores).toMatchObject([{ metric: 'length', value: 6, harness: 'echo', harness_version: '7' }]);
});
