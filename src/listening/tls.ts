import { X509Certificate } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { ConfigError } from '../config/readConfig.ts';
import { fileFault } from '../errors.ts';
import type { Log } from '../logging/log.ts';

/** Where a certificate and its key lie. */
type TlsFiles = { cert: string; key: string };

/** What a server speaks TLS with. */
export type TlsSettings = { cert: Buffer; key: Buffer; minVersion: 'TLSv1.2' };

/** Bytes; a chain of certificates has a few thousand. */
const MAX_SIZE = 1024 * 1024;

/** A server's TLS. */
export type Tls = {
  settings: TlsSettings;
  /** Reads the files again, for connections to come. What cannot be used changes nothing, and the log says so. */
  reload(use: (settings: TlsSettings) => void): void;
};

/**
 * Opens the certificate of `--tls-cert` and the key of `--tls-key`; null when neither was named.
 * @throws ConfigError when only one was, or they cannot be used.
 */
export function openTls(cert: string | null, key: string | null, log: Log, now = Date.now): Tls | null {
  const files = bothOf(cert, key);
  if (files === null) return null;
  const read = (): TlsSettings => {
    const { settings, validTo } = readTls(files);
    const until = validTo.toISOString();
    if (validTo.getTime() < now()) log.warn(`the certificate of ${files.cert} has ended ${until}: clients refuse it`);
    else log.info(`the certificate of ${files.cert} is valid until ${until}`);
    return settings;
  };
  return {
    settings: read(),
    reload: (use) => {
      try {
        use(read());
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        log.error(`the certificate stays as it was: ${error.message}`);
      }
    },
  };
}

function bothOf(cert: string | null, key: string | null): TlsFiles | null {
  if (cert === null && key === null) return null;
  if (cert !== null && key !== null) return { cert, key };
  const [given, missing] = cert === null ? ['--tls-key', '--tls-cert'] : ['--tls-cert', '--tls-key'];
  throw new ConfigError(`${given} needs ${missing}: a certificate and its key belong together`);
}

/** Reads a certificate and its key, and tries them. @throws ConfigError that names the file and what is wrong. */
function readTls({ cert, key }: TlsFiles): { settings: TlsSettings; validTo: Date } {
  const settings = { cert: readFile('--tls-cert', cert), key: readKey(key), minVersion: 'TLSv1.2' as const };
  const certificate = refusing(`--tls-cert ${cert} is no certificate in PEM`, () => new X509Certificate(settings.cert));
  refusing(`--tls-key ${key} is not the key of --tls-cert ${cert}`, () => createSecureContext(settings));
  return { settings, validTo: new Date(certificate.validTo) };
}

/** A group may read a key, as it does where several servers share one, and not write it. */
function readKey(file: string): Buffer {
  return readFile('--tls-key', file, (mode) => {
    if ((mode & 0o027) === 0) return;
    throw new ConfigError(`--tls-key ${file} is open to other users of the machine; run chmod 600 ${file}`);
  });
}

/** What is checked is what is read. */
function readFile(flag: string, file: string, check: (mode: number) => void = () => {}): Buffer {
  // A pipe would keep us waiting for a writer.
  const opened = refusing(`${flag} ${file} cannot be read`, () =>
    openSync(file, constants.O_RDONLY | constants.O_NONBLOCK),
  );
  try {
    const stat = fstatSync(opened);
    if (!stat.isFile()) throw new ConfigError(`${flag} ${file} is no file`);
    if (stat.size > MAX_SIZE) throw new ConfigError(`${flag} ${file} should have at most ${MAX_SIZE} bytes`);
    check(stat.mode);
    return readFileSync(opened);
  } finally {
    closeSync(opened);
  }
}

function refusing<T>(what: string, attempt: () => T): T {
  try {
    return attempt();
  } catch (error) {
    throw new ConfigError(`${what}: ${fileFault(error)}`);
  }
}
