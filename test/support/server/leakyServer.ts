import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { filesWith } from '../files/filesWith.ts';
import { removeFolder } from '../files/removeFolder.ts';
import { submit } from '../jobs/client.ts';
import { fixture } from '../runs/localRun.ts';
import { eventually } from '../waiting/eventually.ts';
import { startServer, type TestServer, type TestServerOptions } from './server.ts';

/** Credentials of a request, one of the server's environment, and one in the URL of a receiver. */
export const planted = {
  asked: 'PLANTED-"in"/the-request-4711',
  generated: 'PLANTED_for_generation_2718',
  own: 'PLANTED_in_the_environment_0815',
  called: 'PLANTED_in_the_url_1234567890',
};

/** In the ways in which programs write them. */
export const plantedForms = [
  ...Object.values(planted),
  JSON.stringify(planted.asked).slice(1, -1),
  encodeURIComponent(planted.asked),
];

/** Those of some texts in which one of them stands. */
export function showing(texts: Iterable<string>): string[] {
  return [...texts].filter((text) => plantedForms.some((form) => text.includes(form)));
}

/** A data folder, a harness that shows all it is told and can be held, and servers on the folder. */
export async function leakyServer({ onTestFinished }: Pick<TestContext, 'onTestFinished'>) {
  const folder = await mkdtemp(join(tmpdir(), 'evald-test-'));
  const [dataDir, hold] = [join(folder, 'data'), join(folder, 'hold')];
  const servers: TestServer[] = [];
  let submissions = 0;
  onTestFinished(async () => {
    await rm(hold, { force: true });
    for (const server of servers) await server.stop();
    await removeFolder(folder);
  });
  const flags = [
    '--python',
    fixture('leaky-lmms-eval.mjs'),
    '--webhook-allow-private',
    '--slots',
    '2',
    '--check-names',
    'off',
  ];
  const env = { TEST_HOLD: hold, HF_TOKEN: planted.own };
  return {
    folder,
    dataDir,
    start: async (more: Pick<TestServerOptions, 'crashAt'> & { flags?: string[] } = {}) => {
      const all = [...flags, ...(more.flags ?? [])];
      const server = await startServer({ ...more, harness: 'lmms-eval', env, dataDir, flags: all });
      servers.push(server);
      return server;
    },
    submit: (server: TestServer, more: object = {}) =>
      submit(
        server.url,
        {
          model: 'good',
          tasks: ['t1'],
          model_args: { response: 'B', api_key: planted.asked, max_new_tokens: 16 },
          gen_kwargs: `temperature=0,api_key=${planted.generated}`,
          ...more,
        },
        { 'Idempotency-Key': `key-${++submissions}` },
      ),
    /** Runs that begin from now on wait, with half of a secret at the end of their logs, until they are released. */
    hold: () => writeFile(hold, ''),
    release: () => rm(hold),
    /** Resolves when a run has written what it writes before it waits. */
    held: (output = join(dataDir, 'outputs')) =>
      eventually(async () => (await filesWith(output, ['half: '])).length > 0),
  };
}
