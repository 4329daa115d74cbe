import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { worst } from '../../src/cli/doctor/check.ts';
import { examine } from '../../src/cli/doctor/examine.ts';
import { healthChecks, SLOW } from '../../src/cli/doctor/healthChecks.ts';
import { diskCheck, filesystemOf, localCheck } from '../../src/cli/doctor/machine.ts';
import { ClientError, createClient, type Health } from '../../src/client/index.ts';
import { version } from '../../src/version.ts';
import { runMain } from '../support/server/runMain.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

const NOW = Date.parse('2026-11-29T12:00:00Z');
const engine: Health['engine'] = {
  ...{ name: 'local', reachable: true, reason: null, queued: null, running: null },
  nodes: [{ name: 'here', state: 'up' }],
};
const healthy: Health = {
  ...{
    status: 'healthy',
    takes_jobs: true,
    timestamp: '2026-11-29T12:00:00.100+00:00',
    queue_size: 0,
    running_jobs: 0,
  },
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
const url = 'http://evald.lab:8000';
const checksOf = (health: Partial<Health> = {}, own = '0.2.0') =>
  healthChecks({ health: { ...healthy, ...health }, url, sentAt: NOW, receivedAt: NOW + 200 }, own);
/** The state of one check. */
const stateOf = (name: string, health: Partial<Health>, own = '0.2.0') =>
  checksOf(health, own).find((check) => check.name === name)?.state;

describe('what a server says of itself', () => {
  test('doctor finds all well where nothing is wrong', () => {
    const checks = checksOf();
    expect(checks.map(({ state }) => state)).toEqual(checks.map(() => 'ok'));
    expect(checks.map(({ remedy }) => remedy)).toEqual(checks.map(() => null));
  });

  test('doctor says of each parent of warm starts how many runs it has started, or why none', () => {
    const parent = {
      ...{ module: 'lmms_eval', python: '/venv/bin/python', state: 'ready' as const, reason: null },
      ...{ last_cold: 'its files have changed', memory_bytes: 600_000_000, warm: 7, cold: 1 },
    };
    const failed = { ...parent, python: '/other/bin/python', state: 'failed' as const, reason: 'it is a script' };
    const warmStarts = { ...parent, parents: [parent, failed] };
    const found = checksOf({ engine: { ...engine, warm_starts: warmStarts } }).filter(({ name }) => name === 'warm');
    expect(found.map(({ state }) => state)).toEqual(['ok', 'warning']);
    expect(found[0]?.says).toBe(
      'lmms_eval by /venv/bin/python: 7 runs started warm, 1 cold; the last cold one because its files have changed',
    );
    expect(found[1]).toMatchObject({
      says: 'runs of lmms_eval start cold: it is a script',
      remedy: expect.stringContaining('--warm-starts false'),
    });
  });

  test('what doctor finds is a warning or a fault by what it means for jobs', () => {
    expect(stateOf('version', {}, '0.2.7')).toBe('ok');
    expect(stateOf('version', {}, '0.3.0')).toBe('warning');
    expect(stateOf('clock', { timestamp: '2026-11-29T12:00:09.000+00:00' })).toBe('warning');
    expect(stateOf('engine', { engine: { ...engine, reachable: false, reason: 'refused' } })).toBe('fault');
    expect(stateOf('engine', { engine: { ...engine, nodes: [{ name: 'n1', state: 'down*' }] } })).toBe('warning');
    expect(stateOf('queue', { paused: true })).toBe('warning');
    expect(stateOf('queue', { blocked: 'no space left on device', status: 'degraded' })).toBe('fault');
    const unwritable: Partial<Health> = {
      status: 'degraded',
      takes_jobs: false,
      reasons: ['the journal cannot be written'],
    };
    expect(stateOf('queue', unwritable)).toBe('fault');
    expect(stateOf('server', unwritable)).toBe('ok');
  });
});

test('a server that was held up, and takes jobs, has a warning with the reason and what to do, and no fault', () => {
  const reason = 'it did nothing for 1.4 s, of one piece of work';
  const checks = checksOf({ status: 'degraded', reasons: [reason] });
  expect(worst(checks)).toBe('warning');
  expect(checks[0]).toEqual({
    name: 'server',
    state: 'warning',
    says: `${url} answers in 200 ms, and is degraded: ${reason}`,
    remedy: "evald doctor again in a minute; if it stays so, the server's log says more",
  });
  expect(checks.slice(1).map(({ state }) => state)).toEqual(checks.slice(1).map(() => 'ok'));
  // What has a check of its own is said once.
  const away = { ...engine, reachable: false, reason: 'refused' };
  expect(
    stateOf('server', { status: 'degraded', engine: away, reasons: ['local cannot be reached (refused): …'] }),
  ).toBe('ok');
});

describe('a server that is slow', () => {
  const signal = new AbortController().signal;
  const late = () => Promise.reject(new ClientError({ code: 'timedOut' }, 'it did not answer within 10 s'));
  /** Examines a server whose first answers are these; what it is asked after them it answers at once. */
  async function examined(first: (() => Promise<Health>)[]) {
    const answers = [...first];
    let asked = 0;
    const health = () => {
      asked++;
      return answers.shift()?.() ?? Promise.resolve({ ...healthy, version, timestamp: new Date().toISOString() });
    };
    const tasks = () => Promise.resolve({ tasks: ['demo_digits'], total: 1 });
    const checks = await examine({ client: { health, tasks }, url, folder: null, signal });
    return { server: checks[0]?.state, asked };
  }

  test('a server that does not answer in time is asked once more before that is a fault', async () => {
    expect(await examined([])).toEqual({ server: 'ok', asked: 1 });
    expect(await examined([late])).toEqual({ server: 'ok', asked: 2 });
    expect(await examined([late, late])).toEqual({ server: 'fault', asked: 2 });
  });

  test('a server that answers slowly is asked once more, and is a warning when it is slow again', async ({
    onTestFinished,
  }) => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const slow = async () => {
      vi.setSystemTime(Date.now() + SLOW);
      return { ...healthy, version, timestamp: new Date().toISOString() };
    };
    expect(await examined([slow])).toEqual({ server: 'ok', asked: 2 });
    expect(await examined([slow, slow])).toEqual({ server: 'warning', asked: 2 });
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
    // Not every filesystem counts them.
    expect(checks.map(({ name }) => name).filter((name) => name !== 'inodes')).toEqual(names);
    expect(checks.find(({ name }) => name === 'queue')).toMatchObject({ state: 'warning', remedy: 'evald resume' });
    const shown = await doctor(['--data-dir', server.dataDir]);
    // Where others hold up the machine it may be degraded for a moment, which is said there.
    expect(shown.stdout).toMatch(/^(✓ ok {5}|! warning) {2}server {7}http:\/\/127\.0\.0\.1:\d+ answers in \d+ ms/m);
    expect(shown.stdout).toMatch(/^! warning {2}queue .*\n {24}→ evald resume$/m);
  });

  test('doctor ends with 1 when the server does not answer, and says what to do', async () => {
    const { code, stdout } = await doctor(['--data-dir', server.dataDir], 'http://127.0.0.1:2');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^✗ fault {4}server {7}.*cannot be reached.*\n {24}→ evald serve starts one here/);
  });
});
