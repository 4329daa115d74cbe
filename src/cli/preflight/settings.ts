import { statSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { dirname } from 'node:path';
import { json } from 'node:stream/consumers';
import { readHookTemplate } from '../../composition/hookTemplate.ts';
import { listDevices, whyNone, withKnownDevices } from '../../composition/localDevices.ts';
import { outputAccess, readCommands, refuseUnusable } from '../../composition/startChecks.ts';
import type { Config } from '../../config/options.ts';
import { readPools } from '../../config/pools.ts';
import { readSlots } from '../../config/slots.ts';
import { errorCode, errorMessage } from '../../errors.ts';
import { addressesOf, listen } from '../../listening/listen.ts';
import { openTls } from '../../listening/tls.ts';
import type { Log } from '../../logging/log.ts';
import type { NamedCommand } from '../../runner/harnesses/command/readCommandFile.ts';
import { ONLY_POOL } from '../../schemas/engine/devicePool.ts';
import { healthSchema } from '../../schemas/server/health.ts';
import { readSecretsFile } from '../../security/secretsFile.ts';
import { openAccess } from '../../security/tokens/access.ts';
import { checkExposure } from '../../security/tokens/exposure.ts';
import { type Check, fault, ok, warning } from '../doctor/check.ts';
import { folderChecks, spaceChecks } from '../doctor/machine.ts';

/** Takes what a part of the start would write to the log. */
const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** What was thrown as a check: these messages end with what to do, behind a semicolon or a colon. */
export function faultFrom(name: string, error: unknown, otherwise: string): Check {
  const message = errorMessage(error).split('\n', 1)[0] ?? '';
  const at = message.lastIndexOf('; ');
  return at < 0 ? fault(name, message, otherwise) : fault(name, message.slice(0, at), message.slice(at + 2));
}

/** The tokens, and whether the server may listen where it is asked to without any. */
export async function accessChecks(config: Config): Promise<Check[]> {
  try {
    const access = openAccess({ token: config.token, file: config.tokens }, silent);
    const hasTokens = access.findHolder !== null;
    const addresses = await addressesOf(config.host);
    const isInsecure = config['insecure-no-auth'];
    const open = checkExposure({ host: config.host, addresses, hasTokens, isInsecure });
    if (open !== null) return [warning('tokens', open, 'evald token create NAME --role admin --tokens FILE')];
    if (config.tokens !== null) return [ok('tokens', `${config.tokens} can be read, and by its owner alone`)];
    return [
      ok(
        'tokens',
        hasTokens ? 'one token (--token) is needed' : `none is needed: only this machine reaches ${config.host}`,
      ),
    ];
  } catch (error) {
    return [faultFrom('tokens', error, 'see --tokens and --host')];
  }
}

/** The secrets that requests may name. */
export function secretsChecks({ secrets: file }: Config): Check[] {
  if (file === null) return [];
  try {
    const { size } = readSecretsFile(file);
    return [ok('secrets', `${file} can be read, and by its owner alone; ${size} ${size === 1 ? 'secret' : 'secrets'}`)];
  } catch (error) {
    return [faultFrom('secrets', error, 'see --secrets')];
  }
}

/** Whether the port is free, or an evald has it already. */
export async function portChecks({ host, port, ...config }: Config): Promise<Check[]> {
  try {
    if (config['tls-cert'] !== null) openTls(config['tls-cert'], config['tls-key'], silent);
  } catch (error) {
    return [faultFrom('port', error, 'see --tls-cert and --tls-key')];
  }
  try {
    const addresses = await addressesOf(host);
    const listening = await listen(() => new Response(null, { status: 503 }), addresses, port);
    await listening.close(0);
    return [ok('port', port === 0 ? 'a free one is taken' : `${port} of ${host} is free`)];
  } catch (error) {
    if (errorCode(error) !== 'EADDRINUSE') return [faultFrom('port', error, 'see --host and --port')];
    const there = await evaldAt({ host, port, ...config });
    if (there !== null) return [ok('port', `${port} of ${host}: ${there} answers there already`)];
    return [fault('port', `${port} of ${host} is in use by another program`, 'choose another --port')];
  }
}

/** Milliseconds that what has the port may take to answer. */
const PATIENCE = 3_000;

/** The evald that answers at an address, as its version, or as `evald` where it wants a token first; null: it is none. */
async function evaldAt({ host, port, ...config }: Config): Promise<string | null> {
  const isTls = config['tls-cert'] !== null;
  try {
    const { get } = isTls ? await import('node:https') : await import('node:http');
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const path = `${config['base-path']}/health`;
      // Nothing is sent that is secret, and the certificate is that of a name, not of this address.
      get({ host, port, path, rejectUnauthorized: false, timeout: PATIENCE }, resolve)
        .on('timeout', () => reject(new Error('no answer')))
        .on('error', reject);
    });
    if (answer.statusCode === 401) {
      answer.destroy();
      return answer.headers['www-authenticate']?.includes('realm="evald"') === true ? 'evald' : null;
    }
    const { version } = healthSchema.pick({ version: true }).parse(await json(answer));
    return `evald ${version}`;
  } catch {
    return null;
  }
}

/** The disks of the folders that a server keeps: whether there is room, and whether a journal can be relied on there. */
export async function diskChecks(config: Pick<Config, 'data-dir' | 'runs-dir'>): Promise<Check[]> {
  const { 'data-dir': data, 'runs-dir': runs } = config;
  const checks = await folderChecks(existing(data));
  if (runs === null || runs === data) return checks;
  return [
    ...checks,
    ...(await spaceChecks(existing(runs)).catch((error) => [faultFrom('disk', error, 'see --runs-dir')])),
  ];
}

/** The folder, or the nearest one above that is there: in it the folder is made at the start. */
function existing(folder: string): string {
  for (let path = folder; ; path = dirname(path)) {
    if (isThere(path) || path === dirname(path)) return path;
  }
}

/** What cannot be looked at may be there. */
function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

/** The devices of `--gpus`, or those that runs would all see. */
export async function deviceChecks(config: Config): Promise<Check[]> {
  try {
    readSlots(config);
    if (config.backend !== 'local') return [ok('GPUs', `${config.backend} gives them out`)];
    const warnings: string[] = [];
    const pools = readPools(await withKnownDevices(config, (text) => warnings.push(text)));
    if (warnings.length > 0) return warnings.map((text) => warning('GPUs', text, 'see what nvidia-smi -L says'));
    if (pools !== null) {
      const named = pools.map(({ name, devices }) => `${name === ONLY_POOL ? '' : `${name}: `}${devices.join(', ')}`);
      return [ok('GPUs', `for runs (--gpus, --pool): ${named.join('; ')}`)];
    }
    const list = await listDevices();
    if (list.kind === 'listed') {
      const says = `${list.devices.length} devices, which all runs see`;
      return [
        config.slots === null || config.slots === 1
          ? ok('GPUs', says)
          : warning('GPUs', says, '--gpus auto gives each run its own'),
      ];
    }
    return [
      warning(
        'GPUs',
        whyNone(list),
        'without a GPU models run on the processor; --gpus names those that runs are given',
      ),
    ];
  } catch (error) {
    return [faultFrom('GPUs', error, 'see --gpus and --slots')];
  }
}

/** What else a start reads: the group of the output, the files of commands, the Python. */
export async function startChecks(
  config: Config,
  environment: Record<string, string>,
): Promise<{ checks: Check[]; commands: NamedCommand[] }> {
  const checks: Check[] = [];
  const attempt = async <T>(name: string, otherwise: string, work: () => Promise<T> | T): Promise<T | null> => {
    try {
      return await work();
    } catch (error) {
      checks.push(faultFrom(name, error, otherwise));
      return null;
    }
  };
  await attempt('group', 'see --output-group', () => outputAccess(config));
  await attempt('python', 'see --python', () => refuseUnusable(config, environment, {}, new AbortController().signal));
  const commands = await attempt('commands', 'see --command-harness', () => readCommands(config['command-harness']));
  await attempt('hooks', 'see --hook-template', () => readHookTemplate(config['hook-template']));
  return { checks, commands: commands ?? [] };
}
