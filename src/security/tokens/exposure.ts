import ip from 'ipaddr.js';
import { AccessError } from '../privateFile.ts';

/** Whether only this machine can reach an address. `0.0.0.0` and `::` are every address, so they are not. */
export function isLoopback(address: string): boolean {
  return ip.isValid(address) && ip.process(address).range() === 'loopback';
}

export type Exposure = {
  /** As it was given. */
  host: string;
  /** What it was looked up as. */
  addresses: readonly string[];
  hasTokens: boolean;
  /** `--insecure-no-auth`. */
  isInsecure: boolean;
};

/**
 * Whether a server may listen where it is asked to: without tokens every client that reaches it may start programs.
 * @returns a warning for the log; null when there is nothing to say.
 * @throws AccessError that says how to mend it.
 */
export function checkExposure({ host, addresses, hasTokens, isInsecure }: Exposure): string | null {
  if (hasTokens) {
    if (!isInsecure) return null;
    throw new AccessError('--insecure-no-auth contradicts --token and --tokens: with tokens, every request needs one');
  }
  const open = addresses.filter((address) => !isLoopback(address));
  if (isInsecure) {
    return open.length === 0
      ? '--insecure-no-auth: no client needs a token; on loopback that is so without it'
      : `--insecure-no-auth: every client that reaches ${open.join(', ')} may start programs as this user`;
  }
  if (open.length === 0) return null;
  const where = open.includes(host) ? host : `${host} (${open.join(', ')})`;
  throw new AccessError(
    `--host ${where} can be reached from other machines, and no tokens are set; make one with ` +
      '`evald token create NAME --role admin --tokens FILE` and start with --tokens FILE (or set EVALD_TOKEN), ' +
      'or let every client in with --insecure-no-auth',
  );
}
