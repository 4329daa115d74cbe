import { execFileSync } from 'node:child_process';
import { mkdtemp, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, test } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { removeFolder } from '../support/files/removeFolder.ts';
import { expectWithin } from '../support/measuring/least.ts';
import { timedNode } from '../support/measuring/processors.ts';
import { pack } from '../support/server/packed.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

/** Milliseconds of the processor that a short command may take beyond what Node takes by itself. */
const LIMIT = 150;
/** Times that Node is measured by itself: the least counts, for what others do on the machine only adds to it. */
const ROUNDS = 6;

let folder: string;
let server: TestServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evald-test-'));
  execFileSync('tar', ['-xzf', pack(folder), '-C', folder]);
  await symlink(new URL('../../node_modules', import.meta.url).pathname, join(folder, 'node_modules'));
  server = await startServer();
  const client = createClient({ server: server.url });
  await client.pause();
  for (let job = 0; job < 20; job++) await client.submit({ model: 'random', tasks: ['demo_digits'] });
});
afterAll(async () => {
  await server.stop();
  await removeFolder(folder);
});

/** Milliseconds of the processor that Node takes for this, to its end. */
async function taken(words: readonly string[]): Promise<number> {
  const { NODE_COMPILE_CACHE: _, NODE_OPTIONS: __, ...env } = process.env;
  const own = { EVALD_SERVER: server.url, XDG_CACHE_HOME: join(folder, 'cache') };
  return (await timedNode(words, { ...env, ...own })).milliseconds;
}

test(`the published evald ls takes at most ${LIMIT} ms of the processor more than Node by itself`, async () => {
  const evald = [join(folder, 'package/dist/evald.js'), 'ls'];
  // The first one compiles, and keeps it.
  await taken(evald);
  let node = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) node = Math.min(node, await taken(['-e', '0']));
  const more = await expectWithin(LIMIT, 'processor', async () => (await taken(evald)) - node);
  console.info(`evald ls: ${more.toFixed(0)} ms of the processor beyond Node alone, which takes ${node.toFixed(0)} ms`);
});
