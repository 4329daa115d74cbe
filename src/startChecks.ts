import { type Access, openAccess } from './access/access.ts';
import { checkExposure } from './access/exposure.ts';
import { type Config, options } from './config/options.ts';
import { ConfigError } from './config/readConfig.ts';
import { readSlots } from './config/slots.ts';
import type { FileAccess } from './files/fileAccess.ts';
import { addressesOf } from './listen.ts';
import { openTls, type Tls } from './listening/tls.ts';
import type { Log } from './log.ts';
import { outputAccess } from './outputAccess.ts';
import { type Backend, type Runs, UnavailableError } from './runner/contract.ts';
import { createBackend } from './runner/createBackends.ts';
import { passedEnvironment } from './runner/environment.ts';
import { findProgram } from './runner/findProgram.ts';
import { reasonOf } from './thrown.ts';

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
  tls: Tls | null;
  slots: number;
  /** What runs get of the server's environment. */
  environment: Record<string, string>;
  /** Of what runs write. */
  fileAccess: FileAccess;
  backend: Backend;
};

/**
 * Checks all that can be checked before anything is made or started. Warns where nothing protects the server.
 * @throws AccessError when who may call is not said as it should be, ConfigError when the certificate, the group of the
 * output, the Python, or what the engine is told cannot be used, the system's error when there is no such host.
 */
export async function checkStart(config: Config, log: Log): Promise<Checked> {
  const addresses = await addressesOf(config.host);
  const access = openAccess({ token: config.token, file: config.tokens }, log);
  const tls = openTls(config['tls-cert'], config['tls-key'], log);
  const warning = checkExposure({
    host: config.host,
    addresses,
    hasTokens: access.findHolder !== null,
    isInsecure: config['insecure-no-auth'],
  });
  if (warning !== null) log.warn(warning);
  const { slots } = readSlots(config);
  const environment = passedEnvironment(process.env, config['pass-env']);
  const fileAccess = outputAccess(config);
  const backend = createBackend(config);
  await refuseUnusable(config, environment, backend);
  return { addresses, access, tls, slots, environment, fileAccess, backend };
}

/**
 * Tries what the operator has set as far as it can be tried: the Python that was named, and what the engine is told.
 * An engine that does not answer, or not in time, is no reason not to start.
 * @param environment of runs: by its `PATH` the Python is found. @throws ConfigError that names the option and the way out.
 */
async function refuseUnusable(
  { python }: Pick<Config, 'python'>,
  environment: Readonly<Record<string, string>>,
  backend: Pick<Backend, 'probe'>,
): Promise<void> {
  if (python !== options.python.default && (await findProgram(python, environment['PATH'])) === null) {
    throw new ConfigError(`--python ${python} is not there, or is not executable: name a Python that has lmms-eval`);
  }
  const fault = await inTime(backend.probe?.(), ENGINE_PATIENCE);
  if (fault instanceof UnavailableError && fault.kind === 'settings') throw new ConfigError(fault.message);
}

/** Why no run can be launched at the start, in words; null when one can, or it is not known soon. */
export async function firstFault(runs: Pick<Runs, 'probe'>): Promise<string | null> {
  const fault = await inTime(runs.probe(), PATIENCE);
  return fault === null ? null : reasonOf(fault);
}

/** What work has thrown; null when nothing, or it takes longer. */
async function inTime(work: Promise<void> | undefined, milliseconds: number): Promise<unknown> {
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(() => late.resolve(null), milliseconds);
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
  }
}
