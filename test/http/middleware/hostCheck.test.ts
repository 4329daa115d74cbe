import { hostname, networkInterfaces } from 'node:os';
import { describe, expect, test } from 'vitest';
import { servedHosts, thisMachine } from '../../../src/http/middleware/hostCheck.ts';
import { eventually } from '../../support/waiting/eventually.ts';

const machine = {
  names: () => ['node1', 'node1.cluster.example', 'node1.local'],
  addresses: () => ['10.0.0.5', '[fd00::5]'],
};

const bound = (host: string, addresses: string[], allowed: string[] = []) =>
  servedHosts({ host, addresses, allowed, machine });
const loopback = ['127.0.0.1', '::1'];

describe.each([
  ['localhost', loopback],
  ['127.0.0.1', ['127.0.0.1']],
  ['10.0.0.5', ['10.0.0.5']],
  ['0.0.0.0', ['0.0.0.0']],
  ['::', ['::']],
  ['evald.example.org', ['10.0.0.5']],
])('bound to %s', (host, addresses) => {
  const judge = bound(host, addresses);

  test.each([
    'localhost',
    'LOCALHOST',
    'localhost.',
    'localhost:9000',
    '127.0.0.1',
    '127.4.5.6:1',
    '[::1]',
    '[::1]:80',
  ])('a loopback name is served whatever the server is bound to: %s', (header) => {
    expect(judge(header)).toBe('served');
  });

  test.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil.localhost',
    'node1.evil.example',
    '128.0.0.1',
    '[::2]',
    '[::ffff:8.8.8.8]',
  ])('a name of another host is not served: %s', (header) => {
    expect(judge(header)).toBe('foreign');
    // Also when it is asked again.
    expect(judge(header)).toBe('foreign');
  });

  test.each([
    '',
    'a b',
    'a/b',
    'a\\b',
    'localhost@evil.example',
    'a?b',
    'a#b',
    'localhost, evil.example',
    '[::1',
    ':80',
    '.',
  ])('a Host that is no host is not understood: "%s"', (header) => {
    expect(judge(header)).toBe('unreadable');
  });
});

test.each(['node1', 'Node1:8000', 'node1.cluster.example', 'node1.local', '10.0.0.5', '[fd00::5]:8000', '[FD00:0::5]'])(
  'the machine is served as %s when others can reach the server, and not otherwise',
  (header) => {
    for (const host of ['0.0.0.0', '::', '10.0.0.6']) expect(bound(host, [host])(header)).toBe('served');
    expect(bound('name.example', ['10.0.0.6'])(header)).toBe('served');
    expect(bound('localhost', loopback)(header)).toBe('foreign');
    // As on Debian, where the name of a machine is one of its loopback.
    expect(bound('name.example', ['127.0.1.1'])(header)).toBe('foreign');
  },
);

test('the address that a name resolves to is served too', () => {
  expect(bound('name.example', ['192.0.2.7', 'fd00::7'])('192.0.2.7:8000')).toBe('served');
  expect(bound('name.example', ['192.0.2.7', 'fd00::7'])('[fd00::7]')).toBe('served');
});

test.each([
  ['evald.example.org', 'evald.example.org:443'],
  ['EVALD.Example.org', 'evald.example.org'],
  ['192.0.2.7', '192.0.2.7:8000'],
  ['fd00::7', '[fd00:0:0::7]:8000'],
  ['[fd00::7]', '[fd00::7]'],
  ['bücher.example', 'xn--bcher-kva.example'],
])('--host and --allow-host %s serve %s', (name, header) => {
  expect(bound(name, loopback)(header)).toBe('served');
  expect(bound('localhost', loopback, ['other.example', name])(header)).toBe('served');
  expect(bound('localhost', loopback, ['other.example'])(header)).toBe('foreign');
});

test('an address that the machine gets later is served from then on', () => {
  const addresses = ['10.0.0.5'];
  const changing = { names: () => [], addresses: () => addresses };
  const judge = servedHosts({ host: '0.0.0.0', addresses: ['0.0.0.0'], allowed: [], machine: changing });
  expect(judge('10.0.0.6')).toBe('foreign');
  addresses.push('10.0.0.6');
  expect(judge('10.0.0.6')).toBe('served');
});

test('this machine knows its name, in short and for neighbours, and its addresses', async () => {
  const { names, addresses } = thisMachine();
  const own = hostname().toLowerCase();
  const [short] = own.split('.');
  await eventually(() => [own, short, `${short}.local`].every((name) => [...names()].includes(String(name))));
  const interfaces = Object.values(networkInterfaces()).flatMap((found = []) => found);
  expect([...addresses()]).toHaveLength(interfaces.length);
  expect([...addresses()]).toContain('127.0.0.1');
});
