import { describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config/readConfig.ts';
import { strayVariables } from '../../src/config/strayVariables.ts';

/** What a start says of an environment, and the port that it takes. */
function startedWith(env: Record<string, string>, args: string[] = []) {
  const config = readConfig(args, env);
  if (config === 'help') throw new Error('no help was asked for');
  return { port: config.port, said: strayVariables(config, args, env) };
}

describe('variables of Kubernetes', () => {
  test.each(['tcp://10.0.0.1:8000', 'TCP://[fd00::1]:80', 'udp://10.96.3.4:53'])(
    'a variable that Kubernetes sets for a service named evald is not taken for the port, and one line says so: EVALD_PORT=%s',
    (address) => {
      const { port, said } = startedWith({ EVALD_PORT: address });
      expect(port).toBe(8000);
      expect(said).toEqual(['EVALD_PORT is of a Kubernetes service named evald, and ignored: --port 8000 is used']);
      expect(startedWith({ EVALD_PORT: address }, ['--port', '9000'])).toEqual({ port: 9000, said: [] });
    },
  );

  test('the other variables that Kubernetes sets for a service named evald are ignored silently', () => {
    const names = [
      ...['EVALD_SERVICE_HOST', 'EVALD_SERVICE_PORT', 'EVALD_SERVICE_PORT_HTTP', 'EVALD_PORT_8000_TCP'],
      ...['EVALD_PORT_8000_TCP_PROTO', 'EVALD_PORT_8000_TCP_PORT', 'EVALD_PORT_53_UDP_ADDR', 'EVALD_DEV_SERVICE_HOST'],
    ];
    expect(startedWith(Object.fromEntries(names.map((name) => [name, 'x']))).said).toEqual([]);
  });
});

test('a variable that no option has is warned of by its name, without its value', () => {
  const { said } = startedWith({ EVALD_SLTOS: 'hidden', EVALD_TOKNE: 'hidden', PATH: '/bin' });
  expect(said).toHaveLength(2);
  expect(said[0]).toMatch(/^"EVALD_SLTOS" is no variable of evald and changes nothing: --help/);
  expect(said.join()).not.toContain('hidden');
});

test('a variable of an option, of evald itself or for the runs is not warned of', () => {
  const env = { EVALD_SLOTS: '2', EVALD_WEBHOOK_SECRET: 'x', EVALD_RUN: 'x', EVALD_CACHE: 'x', EVALD_MINE_A: 'x' };
  expect(startedWith(env, ['--pass-env', 'EVALD_MINE_*']).said).toEqual([]);
});

test('a port that is neither a number nor of a service is refused', () => {
  expect(() => readConfig([], { EVALD_PORT: 'tcp://' })).toThrow('EVALD_PORT must be a whole number from 0 to 65535');
});
