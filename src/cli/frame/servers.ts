import { chmodSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errorCode } from '../../errors.ts';
import { homeFolder } from '../../files/fileAccess.ts';
import { UsageError } from './exitCodes.ts';
import { didYouMean } from './suggest.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What `evald login` keeps: servers by their names, and which of them is used. */
export type Servers = { current: string | null; servers: { [name: string]: { url: string; token: string | null } } };

/** The server that is asked, and how it was chosen. */
export type Choice = {
  url: string;
  /** The same without a token that stands in it, for people. */
  shown: string;
  token: string | undefined;
  name: string | null;
};

export const DEFAULT_SERVER = 'http://localhost:8000';

/** Where the servers are kept; null: there is no home. */
export function serversFile(env: Environment): string | null {
  const home = homeFolder();
  const folder = env['XDG_CONFIG_HOME'] || (home && join(home, '.config'));
  return folder ? join(folder, 'evald', 'servers.json') : null;
}

/** @throws UsageError when the file is open to others, or cannot be read. */
export function readServers(env: Environment): Servers {
  const none: Servers = { current: null, servers: {} };
  const file = serversFile(env);
  if (file === null) return none;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
    if ((statSync(file).mode & 0o077) !== 0) {
      throw new UsageError(`${file} has tokens, and others may read it`, `chmod 600 ${file}`);
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return none;
    throw new UsageError(`${file} cannot be read: ${errorCode(error)}`);
  }
  try {
    return checkServers(JSON.parse(text));
  } catch {
    throw new UsageError(`${file} is not as evald wrote it`, `rm ${file}, then evald login`);
  }
}

function checkServers(value: Servers): Servers {
  const entries = Object.entries(value.servers).map(([name, { url, token }]) => {
    if (!URL.canParse(url) || !(token === null || typeof token === 'string')) throw new Error('no server');
    return [name, { url, token }] as const;
  });
  const servers = Object.fromEntries(entries);
  const { current } = value;
  return { current: typeof current === 'string' && Object.hasOwn(servers, current) ? current : null, servers };
}

/** Writes it as a whole, for its owner only. @throws UsageError when that cannot be done. */
export function writeServers(env: Environment, servers: Servers): string {
  const file = serversFile(env);
  if (file === null)
    throw new UsageError('There is no HOME to keep servers in', 'export EVALD_SERVER=http://HOST:PORT');
  const fresh = `${file}.${process.pid}`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(fresh, `${JSON.stringify(servers, null, 2)}\n`, { mode: 0o600 });
    chmodSync(fresh, 0o600);
    renameSync(fresh, file);
  } catch (error) {
    throw new UsageError(`${file} cannot be written: ${errorCode(error)}`);
  }
  return file;
}

/**
 * Which server is asked: `--server` (a URL, or the name of one that is kept), else EVALD_SERVER, else the one in use,
 * else this machine's. The token is EVALD_TOKEN, else that which was kept for the same address.
 * @throws UsageError
 */
export function chooseServer(flag: string | undefined, env: Environment): Choice {
  const choice = choose(flag, env);
  return { ...choice, shown: withoutToken(choice.url) };
}

function choose(flag: string | undefined, env: Environment): Omit<Choice, 'shown'> {
  const given = flag ?? (env['EVALD_SERVER'] || undefined);
  const source = flag === undefined ? 'EVALD_SERVER' : '--server';
  // The file is not looked at when nothing of it is needed.
  const known = given !== undefined && isUrl(given) && env['EVALD_TOKEN'] ? null : readServers(env);
  const servers = known?.servers ?? {};
  const token = env['EVALD_TOKEN'] || undefined;
  if (given !== undefined && isUrl(given)) {
    const url = checkUrl(given, source, { mayHaveToken: flag === undefined });
    const kept = Object.entries(servers).find(([, server]) => isSame(server.url, url));
    return { url, token: token ?? kept?.[1].token ?? undefined, name: kept?.[0] ?? null };
  }
  const name = given ?? known?.current ?? null;
  if (name === null) return { url: DEFAULT_SERVER, token, name: null };
  const server = Object.hasOwn(servers, name) ? servers[name] : undefined;
  if (server === undefined) throw unknownServer(source, name, Object.keys(servers));
  return { url: server.url, token: token ?? server.token ?? undefined, name };
}

/** @throws UsageError when it is no address of a web server, or has a token where others can read it. */
export function checkUrl(given: string, source: string, { mayHaveToken }: { mayHaveToken: boolean }): string {
  const url = URL.parse(given);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`${source} should be an http or https URL, as ${DEFAULT_SERVER}, or the name of a server`);
  }
  if (!mayHaveToken && (url.password !== '' || url.username !== '')) {
    throw new UsageError(
      `${source} should have no token: every user of the machine can read a command line`,
      'evald login, or EVALD_TOKEN',
    );
  }
  return given;
}

export function unknownServer(source: string, name: string, known: readonly string[]): UsageError {
  const shown = known.length === 0 ? 'there are none' : `there are ${known.join(', ')}`;
  return new UsageError(
    `${source}: no server is called ${JSON.stringify(name)}${didYouMean(name, known)}; ${shown}`,
    'evald config list',
  );
}

function withoutToken(url: string): string {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  return shown.href.replace(/\/$/, '');
}

const isUrl = (text: string): boolean => text.includes('://');

const isSame = (a: string, b: string): boolean => {
  const [one, other] = [URL.parse(a), URL.parse(b)];
  return one !== null && other !== null && one.origin === other.origin && bare(one) === bare(other);
};

const bare = ({ pathname }: URL): string => pathname.replace(/\/$/, '');
