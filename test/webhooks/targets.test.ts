import type { lookup } from 'node:dns';
import { describe, expect, test } from 'vitest';
import { isPublicAddress, machineAddresses } from '../../src/security/publicAddresses.ts';
import { lookupFor, refuseTarget, TargetError } from '../../src/webhooks/target.ts';
import { startReceiver } from '../support/requests/receiver.ts';
import { sending } from '../support/requests/sending.ts';
import { eventually } from '../support/waiting/eventually.ts';

test.each([
  '0.0.0.0',
  '10.255.255.255',
  '100.64.0.1',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.1',
  '192.168.0.1',
  '198.19.0.1',
  '224.0.0.1',
  '239.255.255.255',
  '255.255.255.255',
  '::',
  '::1',
  '::127.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:8.8.8.8',
  '::ffff:7f00:1',
  '64:ff9b::7f00:1',
  '64:ff9b::10.0.0.1',
  '64:ff9b:1::1',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1',
  'fe80::1%lo',
  'fec0::1',
  'ff02::1',
  '2001::1',
  '2001:db8::1',
  '2002:7f00:1::',
  '168.63.129.16',
  '64:ff9b::168.63.129.16',
  '2606:4700::5efe:a00:1',
  '2606:4700::200:5efe:a00:1',
  '4000::1',
  '2606:4700::1%eth0',
  'localhost',
  '',
])('the address %j is not public', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test('the own addresses of the machine are not public, however they are spelled', () => {
  const own = ['8.8.8.8', '2606:4700:0:0::1'];
  for (const address of ['8.8.8.8', '64:ff9b::808:808', '2606:4700::1'])
    expect(isPublicAddress(address, own)).toBe(false);
  expect(isPublicAddress('8.8.4.4', own)).toBe(true);
  for (const address of machineAddresses()) expect(isPublicAddress(address)).toBe(false);
});

test.each([
  '8.8.8.8',
  '1.1.1.1',
  '100.63.255.255',
  '100.128.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '192.167.255.255',
  '223.255.255.255',
  '2606:4700:4700::1111',
  '2a00:1450:4001::1',
  '64:ff9b::8.8.8.8',
])('the address %j is public', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

const closed = { allowPrivate: false, allowHosts: [] };
const hooks = 'https://hooks.example.org/';

describe('without --webhook-allow-private', () => {
  test.each([
    '127.0.0.1',
    'localhost',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '127.1',
    '0',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
  ])(
    'without --webhook-allow-private nothing is posted to a loopback address written as %s, and the log says why',
    async (host) => {
      const receiver = await startReceiver();
      const { end, attempts, log } = sending({ targets: closed });
      await end([`http://${host}:${receiver.port}/`]);
      await attempts(1);
      expect(log.join()).toContain(
        'is a private or special address; --webhook-allow-private allows them, --webhook-allow-host',
      );
      expect(receiver.posts).toEqual([]);
    },
  );
});

describe('with --webhook-allow-private', () => {
  test.each(['127.0.0.1', 'localhost', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]'])(
    'with --webhook-allow-private a job is posted to a loopback address written as %s',
    async (host) => {
      const receiver = await startReceiver();
      const { end, due } = sending({ targets: { ...closed, allowPrivate: true } });
      await end([`http://${host}:${receiver.port}/`]);
      await eventually(() => due().length === 0);
      expect(receiver.posts).toHaveLength(1);
    },
  );
});

describe('with --webhook-allow-host', () => {
  test('with --webhook-allow-host a job is posted to this host, by this name, and to no other private one', async () => {
    const receiver = await startReceiver();
    const { end, due, attempts } = sending({ targets: { ...closed, allowHosts: ['localhost', '127.0.0.1'] } });
    await end([`http://localhost:${receiver.port}/name`, `http://127.0.0.1:${receiver.port}/address`]);
    await eventually(() => due().length === 0);
    expect(receiver.posts).toHaveLength(2);
    await end([`http://127.0.0.2:${receiver.port}/`]);
    await attempts(1);
    expect(receiver.posts).toHaveLength(2);
  });
});

test.each(['http://8.8.8.8:22/', 'http://hooks.example.org:25/', 'https://localhost:6000/', 'http://8.8.8.8:0/'])(
  'the target %s is refused for its port, whatever addresses are allowed',
  (url) => {
    const open = { allowPrivate: true, allowHosts: ['8.8.8.8', 'localhost'] };
    expect(() => refuseTarget(url, open)).toThrow(/^port \d+ is one of another service/);
  },
);

describe('a name', () => {
  /** Looks a name up where every name has the same addresses. */
  const find = (addresses: string[], all: boolean) => {
    const answer: unknown = (_host: string, _options: object, callback: (error: null, found: object[]) => void) =>
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    const { promise, resolve } = Promise.withResolvers<{ error: Error | null; found: unknown }>();
    lookupFor(hooks, closed, answer as typeof lookup)?.('hooks.example.org', { all }, (error, found) =>
      resolve({ error, found }),
    );
    return promise;
  };

  test('a name is connected to at its public addresses only, whatever else it resolves to', async () => {
    expect(await find(['10.0.0.1', '8.8.8.8', '::1', '2606:4700::1'], true)).toEqual({
      error: null,
      found: [
        { address: '8.8.8.8', family: 4 },
        { address: '2606:4700::1', family: 6 },
      ],
    });
    expect(await find(['127.0.0.1', '8.8.8.8'], false)).toEqual({ error: null, found: '8.8.8.8' });
  });

  test('a name without a public address is refused', async () => {
    const { error } = await find(['10.0.0.1', 'fe80::1'], true);
    expect(error).toBeInstanceOf(TargetError);
    expect(error?.message).toContain('hooks.example.org is 10.0.0.1');
  });
});

test.each(['http://127.0.0.1/', 'http://0x7f.1:80/', 'https://[::ffff:10.0.0.1]/', 'http://[fe80::1]/'])(
  'the target %s is refused before any connection',
  (url) => {
    expect(() => refuseTarget(url, closed)).toThrow(TargetError);
  },
);

test.each(['http://8.8.8.8/', 'https://[2606:4700::1]/', 'http://localhost/', 'https://hooks.example.org'])(
  'the target %s is not refused before its name is looked up',
  (url) => {
    expect(() => refuseTarget(url, closed)).not.toThrow();
  },
);
