import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { getHeapStatistics } from 'node:v8';
import { type Config, options } from '../config/options.ts';
import { ConfigError } from '../config/readConfig.ts';
import { readSlots } from '../config/slots.ts';
import { errorCode, errorMessage } from '../errors.ts';
import { type FileAccess, ownersOnly, sharedWith } from '../files/fileAccess.ts';
import { addressesOf } from '../listening/listen.ts';
import { openTls, type Tls } from '../listening/tls.ts';
import type { Log } from '../logging/log.ts';
import { type RunExecutor, UnavailableError } from '../machines/ports/runner.ts';
import type { Backend } from '../runner/backends/backend.ts';
import { createBackend } from '../runner/backends/createBackend.ts';
import { passedEnvironment } from '../runner/environment.ts';
import { findProgram } from '../runner/findProgram.ts';
import { type NamedCommand, readCommandFile } from '../runner/harnesses/command/readCommandFile.ts';
import type { HookTemplate } from '../schemas/hooks/hookTemplate.ts';
import { checkSecretsFile, type SecretsFile } from '../security/namedSecrets.ts';
import { type Access, openAccess } from '../security/tokens/access.ts';
import { checkExposure } from '../security/tokens/exposure.ts';
import { readHookTemplate } from './hookTemplate.ts';

/** Milliseconds that a start waits for an engine to say what it thinks of the operator's words. */
const ENGINE_PATIENCE = 10_000;
/** Milliseconds that it waits to learn whether this machine could launch a run. */
const PATIENCE = 2_000;

/** What was made of the operator's settings while they were checked. */
export type Checked = {
  /** Of the host. */
  addresses: readonly string[];
  /** Of requests. */
  access: Access;
  /** Those that requests may name; null: there are none. */
  secrets: SecretsFile | null;
  tls: Tls | null;
  slots: number;
  /** What runs get of the server's environment. */
  environment: Record<string, string>;
  /** Of what runs write. */
  fileAccess: FileAccess;
  backend: Backend;
  /** Commands that are harnesses. */
  commands: NamedCommand[];
  hookTemplate: HookTemplate | null;
};

/**
 * Checks all that can be checked before anything is made or started. Warns where nothing protects the server.
 * @throws AccessError when the tokens, the secrets or the exposure are not set as they should be, ConfigError when the certificate, the group of the
 * output, the Python, the host, or what is given to the engine cannot be used.
 */
export async function checkStart(config: Config, log: Log, ending: AbortSignal): Promise<Checked> {
  const addresses = await addressesOf(config.host).catch((error) => {
    // It may be known later: no fault of the settings.
    throw new Error(
      `--host ${config.host} is no host that is known here (${errorCode(error) ?? error}); name an address of this machine, as 127.0.0.1, or 0.0.0.0 for all of them`,
      { cause: error },
    );
  });
  const access = openAccess({ token: config.token, file: config.tokens }, log);
  const secrets = checkSecretsFile(config.secrets);
  const tls = openTls(config['tls-cert'], config['tls-key'], log);
  const warning = checkExposure({
    host: config.host,
    addresses,
    hasTokens: access.findHolder !== null,
    isInsecure: config['insecure-no-auth'],
  });
  if (warning !== null) log.warn(warning);
  const memory = memoryWarning(config['max-queue'], getHeapStatistics().heap_size_limit);
  if (memory !== null) log.warn(memory);
  const { slots } = readSlots(config);
  const environment = passedEnvironment(process.env, config['pass-env']);
  const fileAccess = outputAccess(config);
  const backend = createBackend(config, log.warn);
  await refuseUnusable(config, environment, backend, ending);
  const commands = await readCommands(config['command-harness']);
  const hookTemplate = await readHookTemplate(config['hook-template']);
  return { addresses, access, secrets, tls, slots, environment, fileAccess, backend, commands, hookTemplate };
}

/** Reads the files of `--command-harness`. @throws ConfigError with the file, the line and the field of what cannot be used. */
export async function readCommands(named: Config['command-harness']): Promise<NamedCommand[]> {
  const names = named.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new ConfigError(`--command-harness ${twice} is named twice`);
  return Promise.all(
    named.map(({ name, file }) =>
      readCommandFile(name, file).catch((error) => {
        throw new ConfigError(`--command-harness ${name}: ${errorMessage(error)}`);
      }),
    ),
  );
}

/** Bytes that a job which waits takes, the collector's share included. */
const JOB_BYTES = 4_000;

/** Says that a full queue would not fit into the memory that Node takes, which would end the process; null: it fits. */
export function memoryWarning(maxQueue: number, heapLimit: number): string | null {
  const needed = maxQueue * JOB_BYTES;
  if (needed <= heapLimit) return null;
  const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(1);
  const limit = `more than the ${gigabytes(heapLimit)} GB at which Node ends this process`;
  const flag = `NODE_OPTIONS=--max-old-space-size=${Math.ceil(needed / 2 ** 20)}`;
  return `${maxQueue} waiting jobs (--max-queue) may take ${gigabytes(needed)} GB of memory, ${limit}: allow less, or start with ${flag}`;
}

/**
 * Tries what the operator has set as far as it can be tried: the Python that was named, and what is given to the engine.
 * An engine that does not answer, or not in time, is no reason not to start.
 * @param environment of runs: by its `PATH` the Python is found. @throws ConfigError that names the option and the way out.
 */
export async function refuseUnusable(
  { python }: Pick<Config, 'python'>,
  environment: Readonly<Record<string, string>>,
  backend: Pick<Backend, 'probe'>,
  ending: AbortSignal,
): Promise<void> {
  if (python !== options.python.default && (await findProgram(python, environment['PATH'])) === null) {
    throw new ConfigError(`--python ${python} is not there, or is not executable; name a Python that has lmms-eval`);
  }
  const fault = await inTime(backend.probe?.(), ENGINE_PATIENCE, ending);
  if (fault instanceof UnavailableError && fault.kind === 'settings') throw new ConfigError(fault.message);
}

/** Why no run can be launched at the start, as text; null when one can, or it is not known soon. */
export async function firstFault(runs: Pick<RunExecutor, 'probe'>): Promise<string | null> {
  const fault = await inTime(runs.probe(), PATIENCE);
  return fault === null ? null : errorMessage(fault);
}

/** What work has thrown; null when nothing, or it takes longer, or is not waited for any more. */
async function inTime(
  work: Promise<void> | undefined,
  milliseconds: number,
  ending: AbortSignal | null = null,
): Promise<unknown> {
  const late = Promise.withResolvers<null>();
  const give = () => late.resolve(null);
  const timer = setTimeout(give, milliseconds);
  if (ending?.aborted) give();
  ending?.addEventListener('abort', give, { once: true });
  try {
    return await Promise.race([
      Promise.resolve(work).then(
        () => null,
        (error: unknown) => error,
      ),
      late.promise,
    ]);
  } finally {
    clearTimeout(timer);
    ending?.removeEventListener('abort', give);
  }
}

/** The readers of what evald and its runs write, as the operator has set them. @throws ConfigError when the group cannot be. */
export function outputAccess({ 'output-group': group }: Pick<Config, 'output-group'>): FileAccess {
  if (group === null) return ownersOnly;
  const gid = gidOf(group);
  if (gid === null) throw new ConfigError(`--output-group ${group}: there is no such group on this machine`);
  const isMember = gid === process.getegid?.() || process.getgroups?.().includes(gid);
  // Root may give files to any group.
  if (isMember || process.geteuid?.() === 0) return sharedWith(gid);
  throw new ConfigError(
    `--output-group ${group}: the user that evald runs as (uid ${process.geteuid?.()}) is not in it; add it (usermod -aG) and start evald from a new session`,
  );
}

/** The number of a group; null when there is none. One that has no name here may still be evald's own. */
function gidOf(group: string): number | null {
  const found = /^[^:]*:[^:]*:(\d{1,10}):/.exec(entryOf(group))?.[1];
  if (found !== undefined) return Number(found);
  const own = [process.getegid?.(), ...(process.getgroups?.() ?? [])].find((gid) => String(gid) === group);
  return own ?? null;
}

/** Its line of the groups of this machine, wherever they are kept; empty when there is none. */
function entryOf(group: string): string {
  try {
    const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];
    return execFileSync('getent', ['group', group], { encoding: 'utf8', stdio, timeout: 10_000 });
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') return '';
  }
  const lines = readFileSync('/etc/group', 'utf8').split('\n');
  return lines.find((line) => line.startsWith(`${group}:`) || line.split(':')[2] === group) ?? '';
}
