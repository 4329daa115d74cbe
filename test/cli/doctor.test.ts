import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { healthChecks } from '../../src/cli/doctor/healthChecks.ts';
import { diskCheck, filesystemOf, localCheck } from '../../src/cli/doctor/machine.ts';
import { createClient, type Health } from '../../src/client/index.ts';
import { runMain } from '../support/server/runMain.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

const NOW = Date.parse('2026-11-29T12:00:00Z');
const engine: Health['engine'] = {
  ...{ name: 'local', reachable: true, reason: null, queued: null, running: null },
  nodes: [{ name: 'here', state: 'up' }],
};
const healthy: Health = {
  ...{ status: 'healthy', timestamp: '2026-11-29T12:00:00.100+00:00', queue_size: 0, running_jobs: 0 },
  ...{
    paused: false,
    blocked: null,
    harness: 'demo',
    backend: 'local',
    slots: 1,
    version: '0.2.0',
    engine,
    reasons: [],
  },
};
/** The state of one check. */
const stateOf = (name: string, health: Partial<Health>, own = '0.2.0') =>
  healthChecks({ health: { ...healthy, ...health }, sentAt: NOW, receivedAt: NOW + 200 }, own).find(
    (check) => check.name === name,
  )?.state;

describe('what a server says of itself', () => {
  test('doctor finds all well where nothing is wrong', () => {
    const checks = healthChecks({ health: healthy, sentAt: NOW, receivedAt: NOW + 200 }, '0.2.0');
    expect(checks.map(({ state }) => state)).toEqual(checks.map(() => 'ok'));
    expect(checks.map(({ remedy }) => remedy)).toEqual(checks.map(() => null));
  });

  test('what doctor finds is a warning or a fault by what it means for jobs', () => {
    expect(stateOf('version', {}, '0.2.7')).toBe('ok');
    expect(stateOf('version', {}, '0.3.0')).toBe('warning');
    expect(stateOf('clock', { timestamp: '2026-11-29T12:00:09.000+00:00' })).toBe('warning');
    expect(stateOf('engine', { engine: { ...engine, reachable: false, reason: 'refused' } })).toBe('fault');
    expect(stateOf('engine', { engine: { ...engine, nodes: [{ name: 'n1', state: 'down*' }] } })).toBe('warning');
    expect(stateOf('queue', { paused: true })).toBe('warning');
    expect(stateOf('queue', { blocked: 'no space left on device', status: 'degraded' })).toBe('fault');
    expect(stateOf('queue', { status: 'degraded', reasons: ['the journal cannot be written'] })).toBe('fault');
  });
});

describe('the machine of a server', () => {
  test('a folder is on the filesystem that is mounted nearest above it', () => {
    const mounts = [
      '22 1 8:1 / / rw - ext4 /dev/sda1 rw',
      '30 22 0:40 / /home rw - nfs4 server:/home rw',
      '31 30 8:2 / /home/a\\040b rw - xfs /dev/sdb1 rw',
    ].join('\n');
    expect(filesystemOf('/var/lib/evald', mounts)).toBe('ext4');
    expect(filesystemOf('/homes', mounts)).toBe('ext4');
    expect(filesystemOf('/home/c/evald', mounts)).toBe('nfs4');
    expect(filesystemOf('/home/a b/evald', mounts)).toBe('xfs');
  });

  test('a journal on a disk of another machine is a fault, and so is a full disk', () => {
    for (const type of ['nfs4', 'cifs', 'lustre', 'fuse.sshfs', 'beegfs'])
      expect(localCheck('/d', type).state).toBe('fault');
    for (const type of ['ext4', 'xfs', 'btrfs', 'overlay', 'tmpfs', 'fuseblk'])
      expect(localCheck('/d', type).state).toBe('ok');
    expect([0.5, 5, 50].map((gib) => diskCheck('/d', gib * 2 ** 30).state)).toEqual(['fault', 'warning', 'ok']);
  });
});

describe('doctor', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.stop());
  const doctor = (args: string[], url = server.url) => runMain(['doctor', ...args], { EVALD_SERVER: url });

  test('doctor says of each thing how it is, and ends with 0 when nothing is at fault', async () => {
    await createClient({ server: server.url }).pause();
    const { code, stdout } = await doctor(['-o', 'json', '--data-dir', server.dataDir]);
    const { state, checks }: { state: string; checks: { name: string; state: string; remedy: string | null }[] } =
      JSON.parse(stdout);
    expect({ code, state }, stdout).toEqual({ code: 0, state: 'warning' });
    const names = ['server', 'version', 'harness', 'clock', 'engine', 'GPUs', 'queue', 'disk', 'data folder'];
    expect(checks.map(({ name }) => name)).toEqual(names);
    expect(checks.find(({ name }) => name === 'queue')).toMatchObject({ state: 'warning', remedy: 'evald resume' });
    const shown = await doctor(['--data-dir', server.dataDir]);
    expect(shown.stdout).toMatch(/^✓ ok {7}server {7}http:\/\/127\.0\.0\.1:\d+ answers in \d+ ms$/m);
    expect(shown.stdout).toMatch(/^! warning {2}queue .*\n {24}→ evald resume$/m);
  });

  test('doctor ends with 1 when the server does not answer, and says what to do', async () => {
    const { code, stdout } = await doctor(['--data-dir', server.dataDir], 'http://127.0.0.1:2');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^✗ fault {4}server {7}.*cannot be reached.*\n {24}→ evald serve starts one here/);
  });
});
