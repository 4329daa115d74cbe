import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { readConfig } from '../../src/config/readConfig.ts';
import { strayVariables } from '../../src/config/strayVariables.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

const root = new URL('../..', import.meta.url).pathname;
const instructions = readFileSync(join(root, 'deploy/Dockerfile'), 'utf8')
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll('\\\n', ' ')
  .split('\n')
  .flatMap((line) => {
    const [, name = '', words = ''] = /^([A-Z]+) +(.*)$/.exec(line) ?? [];
    return name === '' ? [] : [{ name, words }];
  });
const wordsOf = (name: string): string[] => instructions.flatMap((one) => (one.name === name ? [one.words] : []));
const variables = Object.fromEntries(
  wordsOf('ENV').flatMap((words) => words.split(/ +/).map((pair) => pair.split('=') as [string, string])),
);

const { services, volumes } = z
  .object({
    services: z.object({
      evald: z.object({
        build: z.object({ context: z.string(), dockerfile: z.string(), args: z.record(z.string(), z.string()) }),
        restart: z.string(),
        stop_grace_period: z.string(),
        ports: z.array(z.string()),
        environment: z.record(z.string(), z.string()),
        volumes: z.array(z.string()),
        deploy: z.object({
          resources: z.object({
            reservations: z.object({ devices: z.array(z.looseObject({ capabilities: z.array(z.string()) })) }),
          }),
        }),
      }),
    }),
    volumes: z.record(z.string(), z.unknown()),
  })
  .parse(parse(readFileSync(join(root, 'deploy/compose.yaml'), 'utf8')));
const service = services.evald;

describe('the image', () => {
  test('every file that the image copies is in the repository, or was made by the stage before', () => {
    const stages = wordsOf('FROM').map((words) => / AS (\w+)$/.exec(words)?.[1] ?? '');
    const made = ['/usr/local/bin/node', '/opt/evald'];
    for (const words of wordsOf('COPY')) {
      const [, from, source = ''] = /^(?:--from=(\w+) )?(\S+) \S+$/.exec(words) ?? [];
      if (from === undefined) expect(existsSync(join(root, source))).toBe(true);
      else expect([stages.includes(from), made.includes(source)]).toEqual([true, true]);
    }
    expect(wordsOf('RUN')[0]).toContain('--prefix /opt/evald /packed/');
    // What the package is called, and the Node that it takes.
    const { name, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(wordsOf('RUN')[0]).toContain(`/packed/${name}-*.tgz`);
    expect(wordsOf('FROM')[0]).toContain(`node:${engines.node.replace('>=', '')}-`);
    for (const ignored of readFileSync(join(root, 'deploy/Dockerfile.dockerignore'), 'utf8').trim().split('\n')) {
      expect(['.git', 'node_modules', 'dist', 'coverage', '.vitest']).toContain(ignored);
    }
  });

  test('the image starts a server as a user of its own, with settings that are allowed, where its port and its volume are', () => {
    expect(wordsOf('ENTRYPOINT').map((words) => JSON.parse(words))).toEqual([['evald']]);
    expect(wordsOf('CMD').map((words) => JSON.parse(words))).toEqual([['serve']]);
    const config = readConfig([], variables);
    if (config === 'help') throw new Error('help was not asked for');
    expect(strayVariables(config, [], variables)).toEqual([]);
    expect([String(config.port), config['data-dir'], config.host]).toEqual([
      ...wordsOf('EXPOSE'),
      ...wordsOf('VOLUME'),
      '0.0.0.0',
    ]);
    const user = wordsOf('USER')[0];
    expect(wordsOf('RUN')[1]).toContain(`useradd --uid 10001 --create-home ${user}`);
    const last = instructions.map(({ name }) => name);
    expect(last.lastIndexOf('USER')).toBeGreaterThan(last.lastIndexOf('RUN'));
  });

  describe('its health', () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startServer({ flags: ['--base-path', '/evald'], env: { EVALD_TOKEN: '0123456789abcdef' } });
    });
    afterAll(() => server?.stop());

    test('the check of its health passes while a server answers, below a path and with tokens too, and fails when none does', async () => {
      const [, words = '[]'] = / CMD (\[.*\])$/.exec(wordsOf('HEALTHCHECK')[0] ?? '') ?? [];
      const [program, ...args] = z.array(z.string()).parse(JSON.parse(words));
      expect(program).toBe('node');
      const check = async (basePath: string) => {
        const env = {
          PATH: dirname(process.execPath),
          EVALD_PORT: new URL(server.url).port,
          EVALD_BASE_PATH: basePath,
        };
        const child = spawn('node', args, { env, stdio: 'ignore' });
        return (await once(child, 'exit'))[0];
      };
      expect([await check('/evald'), await check('/elsewhere')]).toEqual([0, 1]);
      await server.stop();
      expect(await check('/evald')).toBe(1);
    });
  });
});

describe('the file for compose', () => {
  test('the file for compose builds the image of the repository, with arguments that it has', () => {
    const context = join(root, 'deploy', service.build.context);
    expect(existsSync(join(context, service.build.dockerfile))).toBe(true);
    for (const name of Object.keys(service.build.args)) expect(wordsOf('ARG').join()).toContain(`${name}=`);
  });

  test('its settings are allowed, and its port, volumes and times are those of the server', () => {
    const given = { ...variables, ...service.environment, EVALD_TOKEN: '0123456789abcdef' };
    const config = readConfig([], given);
    if (config === 'help') throw new Error('help was not asked for');
    expect(strayVariables(config, [], given)).toEqual([]);
    expect(config.gpus).toEqual(['auto']);
    for (const port of service.ports) expect(port).toBe(`127.0.0.1:8000:${config.port}`);
    expect(service.volumes).toContain(`data:${config['data-dir']}`);
    for (const volume of service.volumes) expect(Object.keys(volumes)).toContain(volume.split(':')[0]);
    expect(Number.parseInt(service.stop_grace_period, 10)).toBeGreaterThan(config.grace + 5);
    expect(service.restart).toBe('unless-stopped');
    expect(service.deploy.resources.reservations.devices[0]?.capabilities).toEqual(['gpu']);
  });

  const hasCompose = spawnSync('docker', ['compose', 'version']).status === 0;
  test.skipIf(!hasCompose)('docker itself reads the file for compose (needs docker compose)', () => {
    const env = { ...process.env, EVALD_TOKEN: '0123456789abcdef' };
    const { status, stderr } = spawnSync(
      'docker',
      ['compose', '-f', join(root, 'deploy/compose.yaml'), 'config', '-q'],
      { env },
    );
    expect([status, String(stderr)]).toEqual([0, '']);
  });

  const hasDaemon = spawnSync('docker', ['info'], { timeout: 20_000 }).status === 0;
  test.skipIf(!hasDaemon)('docker finds nothing wrong with the file of the image (needs a daemon of docker)', () => {
    const args = ['build', '--check', '-f', join(root, 'deploy/Dockerfile'), root];
    expect(spawnSync('docker', args, { encoding: 'utf8' }).status).toBe(0);
  });
});
