import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { placeholders } from '../../src/schemas/harness/commandTemplate.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { skipWithout, systemPython } from '../support/needs.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';
import { startFor } from '../support/server/jobsPage.ts';

const page = await readFile(new URL('../../docs/harnesses.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/<!-- example: (\S+) -->\n```\w+\n([\s\S]*?)```/g)].map(
  ([, name = '', text = '']) => ({
    name,
    text,
  }),
);

test('the example of a command in the page of harnesses has ten lines, and runs as it stands there', async (context) => {
  skipWithout(systemPython, context);
  expect(examples.flatMap(({ text }) => text.trimEnd().split('\n')).length).toBe(10);
  const folder = join(await temporaryFolder(), 'a folder');
  await mkdir(folder);
  for (const { name, text } of examples) await writeFile(join(folder, name), text);
  const server = await startFor('--command-harness', `mine=${join(folder, 'mine.yaml')}`);
  const id = await submit(server.url, { model: 'abcdef', tasks: ['first', 'second'], harness: 'command:mine' });
  const job = await endedJob(server.url, id);
  expect(job).toMatchObject({ status: 'completed', warnings: [] });
  const acc = { value: 0.75, n: 8, higher_is_better: true };
  expect(job.metrics).toMatchObject({ first: { acc }, second: { acc } });
});

test('the page of harnesses has every placeholder, in the words of the table that reads them', () => {
  const rows = [...page.matchAll(/^\| `\{(\w+)\}` \| (.*) \|$/gm)].map(([, name, about]) => [name, about]);
  expect(rows).toEqual(Object.entries(placeholders).map(([name, { about }]) => [name, about]));
});
