import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { isPublicAddress } from './addresses.ts';

/** A URL leads to where evald does not post unless it is told to. The message names the address and the flag. */
export class PrivateTargetError extends Error {
  override name = 'PrivateTargetError';

  constructor(host: string, address: string) {
    const what = host === address ? address : `${host} is ${address}, which`;
    super(`${what} is a private or special address; --webhook-allow-private allows them`);
  }
}

/** Whether a URL's host is an address, however it is written, and not a public one. @throws when it is no URL. */
export function isPrivateLiteral(url: string): boolean {
  const host = hostOf(url);
  return isIP(host) !== 0 && !isPublicAddress(host);
}

/** @throws PrivateTargetError */
export function refusePrivateLiteral(url: string): void {
  if (isPrivateLiteral(url)) throw new PrivateTargetError(hostOf(url), hostOf(url));
}

/**
 * A lookup that finds only public addresses. The connection is made to what it answers, so that no second answer of the
 * name's server can lead elsewhere. Node does not look addresses up: they need `refusePrivateLiteral`.
 */
export function publicLookup(lookup: typeof systemLookup = systemLookup): LookupFunction {
  return (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const allowed = addresses.filter(({ address }) => isPublicAddress(address));
      const [first] = allowed;
      if (first === undefined) return callback(new PrivateTargetError(host, addresses[0]?.address ?? 'nothing'), []);
      if (options.all) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

/** URL writes IPv4 addresses in one way, whatever was given (decimal, hex, octal), and IPv6 ones in brackets. */
function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, '');
}
