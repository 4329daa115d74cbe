import { isIPv4 } from 'node:net';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import ip, { type IPv6 } from 'ipaddr.js';
import { tokenClient } from '../../machines/scheduler/waitingBytes.ts';
import type { Role } from '../../schemas/server/token.ts';

/** The sender of a request. Without tokens a caller has no name, and may do everything. `secrets`: those it may name; null: any. */
export type Caller = { name: string | null; role: Role; secrets: readonly string[] | null };

/**
 * What a route finds in its context: `c.get('caller')`. `address` is there where a trusted proxy has said from where it passes a
 * request on.
 */
export type CallerEnv = { Variables: { caller: Caller; address?: string } };

/** The caller where no tokens are in use. */
export const anonymous: Caller = { name: null, role: 'admin', secrets: null };

/** A caller without a token, where tokens are in use: gets only what needs none. */
export const visitor: Caller = { name: null, role: 'read', secrets: [] };

/** The caller for the log: ` by alice`; nothing without a name. */
export const callerSuffix = ({ name }: Caller): string => (name === null ? '' : ` by ${name}`);

/** The address a request came from, as the socket has it, or a proxy that is believed (`--trust-proxy`): a header any client may write. */
export function addressOf(c: Context): string {
  const noted: string | undefined = c.get('address');
  if (noted !== undefined) return noted;
  const { incoming }: Partial<HttpBindings> = c.env ?? {};
  return incoming?.socket.remoteAddress ?? 'unknown';
}

/**
 * What is taken for one party: an IPv4 address, however it is written, or the /64 of an IPv6 one: a site has that many.
 * What is no address is returned as it is: a socket that is gone has none.
 */
export function partyOf(address: string): string {
  // As a socket writes it, it is written in its one form.
  if (isIPv4(address) || !ip.isValid(address)) return address;
  const parsed = ip.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  const network = (parsed as IPv6).parts.slice(0, 4);
  return `${network.map((group) => group.toString(16)).join(':')}::/64`;
}

/** The client that a limit counts for: the holder of a token, from whatever addresses, else the address. */
export function clientOf(c: Context): string {
  const caller: Caller | undefined = c.get('caller');
  return caller === undefined || caller.name === null ? `address ${partyOf(addressOf(c))}` : tokenClient(caller.name);
}
