import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { removeFolder } from '../support/files/removeFolder.ts';
import { pack } from '../support/server/packed.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

/** Milliseconds of the processor that a short command may take beyond what Node takes by itself. */
const LIMIT = 150;
const ROUNDS = 12;

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
function processorTimeOf(words: readonly string[]): number {
  const { NODE_COMPILE_CACHE: _, NODE_OPTIONS: __, ...env } = process.env;
  const timed = ['-c', 'TIMEFORMAT="%3U %3S"; time "$@"', 'bash', process.execPath, ...words];
  const { status, stdout, stderr } = spawnSync('bash', timed, {
    encoding: 'utf8',
    env: { ...env, EVALD_SERVER: server.url, XDG_CACHE_HOME: join(folder, 'cache') },
  });
  const [user, system] = stderr.trim().split(' ').map(Number);
  expect({ status, isTime: Number.isFinite(user) && Number.isFinite(system) }, stdout + stderr).toEqual({
    status: 0,
    isTime: true,
  });
  return ((user ?? 0) + (system ?? 0)) * 1_000;
}

test(`the published evald ls takes at most ${LIMIT} ms of the processor more than Node by itself`, () => {
  const evald = [join(folder, 'package/dist/evald.js'), 'ls'];
  // The first one compiles, and keeps it.
  processorTimeOf(evald);
  const times = { node: Number.POSITIVE_INFINITY, evald: Number.POSITIVE_INFINITY };
  // Side by side, and the least of each: what others do on the machine only adds to it.
  for (let round = 0; round < ROUNDS; round++) {
    times.node = Math.min(times.node, processorTimeOf(['-e', '0']));
    times.evald = Math.min(times.evald, processorTimeOf(evald));
  }
  console.info(`evald ls: ${times.evald.toFixed(0)} ms of the processor, Node alone: ${times.node.toFixed(0)} ms`);
  expect(times.evald - times.node).toBeLessThan(LIMIT);
});
