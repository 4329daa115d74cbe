import ip from 'ipaddr.js';
import { addressOf } from './caller.ts';
import type { Check } from './requestChecks.ts';

/** Whether an address is that of a proxy which is believed. */
export type TrustedProxies = (address: string) => boolean;

/** A range of addresses, as `--trust-proxy` names it: those whose first `bits` are the same. */
export type AddressRange = { address: string; bits: number };

/** Proxies one behind the other. */
const MOST_HOPS = 10;

/** Knows the proxies of some ranges. IPv4 that came by a socket of IPv6 is IPv4. */
export function trustedProxies(named: readonly AddressRange[]): TrustedProxies {
  const ranges = named.map(({ address, bits }) => [ip.parse(address), bits] as const);
  return (address) => {
    if (!ip.isValid(address)) return false;
    const parsed = ip.process(address);
    return ranges.some(([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits));
  };
}

/**
 * The address that a request came from, before the proxies that are believed: of `X-Forwarded-For` the last one that no
 * trusted proxy has. What stands before it, any client may have written. From a socket that is no trusted proxy's nothing
 * is read.
 */
export function clientAddress(socket: string, forwarded: string, isTrusted: TrustedProxies): string {
  let address = socket;
  const hops = forwarded.split(',').slice(-MOST_HOPS);
  while (isTrusted(address)) {
    const before = hops.pop()?.trim() ?? '';
    if (!ip.isValid(before)) return address;
    address = before;
  }
  return address;
}

/** Notes for all that comes later the address that a request came from, where a trusted proxy says it. */
export function noteAddress(isTrusted: TrustedProxies): Check {
  return (c) => {
    const socket = addressOf(c);
    const forwarded = c.req.header('x-forwarded-for');
    if (forwarded !== undefined && isTrusted(socket)) c.set('address', clientAddress(socket, forwarded, isTrusted));
    return null;
  };
}
