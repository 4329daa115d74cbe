import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/config/readConfig.ts';
import { openSqliteJournal } from '../../src/journal/journal.ts';
import { createLog } from '../../src/logging/log.ts';
import { startServer } from '../../src/server.ts';
import { temporaryFolder } from '../journal/temporaryJournal.ts';

/** Starts a server in this process. @returns what it was refused with. */
async function refusalOf(...flags: string[]): Promise<unknown> {
  const config = readConfig(['--harness', 'demo', ...flags], {});
  if (config === 'help') throw new Error('no help here');
  return startServer(
    config,
    createLog(() => {}),
  ).catch((error: unknown) => error);
}

test('a server that cannot listen closes what it had opened: its folder can be used by the next at once', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void taken.close());
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const dataDir = await temporaryFolder();
  expect(await refusalOf('--host', '127.0.0.1', '--port', String(port), '--data-dir', dataDir)).toMatchObject({
    code: 'EADDRINUSE',
  });
  await (await openSqliteJournal(dataDir)).close();
});

test('a server whose stores are refused gives its folder back', async () => {
  const dataDir = await temporaryFolder();
  const refusal = await refusalOf('--data-dir', dataDir, '--webhook', 'http://10.0.0.1/');
  expect(String(refusal)).toContain('--webhook cannot be posted to');
  await (await openSqliteJournal(dataDir)).close();
});
